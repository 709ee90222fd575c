"""What a web server runs: `gunicorn -c python:portal.gunicorn_conf portal.wsgi:server`."""

import gc

import pandas  # noqa: F401 - pyarrow and plotly look for it from several threads; half-imported it makes their answers fail

from calc.step import steps
from portal.query import facts
from portal.web import create_app

server = create_app().server

# Dash finishes its set-up with the first request; parallel first requests would meet it half-done.
server.test_client().get("/")
# What is read and opened once is so now, not while the first person waits: the sentences of the lake, its engine.
steps()
facts.ask("select 1")

# What is there now stays: to look through it again and again for what may go would hold up somebody's answer each time.
gc.collect()
gc.freeze()
