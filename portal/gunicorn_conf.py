"""How gunicorn runs the portal: a few processes with a few threads each, all of it local to the installation.

No preloading: connections and threads opened before a fork are broken after it.
"""

import os

from portal.postgres import LONGEST_SOCKET_PATH_BYTES
from portal.settings import settings

bind = f"{os.environ.get('BASIS_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8050')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = False
control_socket = str(settings().var_path / "gunicorn.ctl")
control_socket_disable = len(control_socket.encode()) > LONGEST_SOCKET_PATH_BYTES
pidfile = None
timeout = 60
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
forwarded_allow_ips = ""  # proxy headers are believed by BASIS_TRUSTED_PROXIES alone
secure_scheme_headers: dict[str, str] = {}
errorlog = "-"
accesslog = None
loglevel = "warning"
