"""What a web server runs: `gunicorn -c python:portal.gunicorn_conf portal.wsgi:server`."""

from portal.web import create_app

server = create_app().server

# Dash finishes its set-up with the first request; parallel first requests would meet it half-done.
server.test_client().get("/")
