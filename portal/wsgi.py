"""What a web server runs: `gunicorn -c python:portal.gunicorn_conf portal.wsgi:server`."""

import pandas  # noqa: F401 - pyarrow and plotly look for it from several threads; half-imported it makes their answers fail

from portal.web import create_app

server = create_app().server

# Dash finishes its set-up with the first request; parallel first requests would meet it half-done.
server.test_client().get("/")
