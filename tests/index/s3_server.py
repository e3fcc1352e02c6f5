"""A local store that speaks S3, for tests: moto's server in a thread, one write at a time.

S3 decides "store this object unless it is there" in one step, and Lance's commits rest on that.
moto looks and stores in two steps, so here writes wait for each other.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

NO_METADATA = {"AWS_EC2_METADATA_DISABLED": "true"}
"""Keeps the credential search from asking the network of a cloud machine."""


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a store; yields its address."""
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class Silent(MotoRequestHandler):
        def log(self, *_: Any) -> None:
            pass

    app = _OneWriteAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def s3_environment(endpoint: str) -> dict[str, str]:
    """Return the environment variables with which Lance finds a store."""
    return {
        "AWS_ENDPOINT": endpoint,
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        **NO_METADATA,
    }


def make_bucket(endpoint: str) -> str:
    """Make a bucket of a new name and return the name."""
    import boto3

    name = f"made-{uuid4().hex[:12]}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )
    client.create_bucket(Bucket=name)
    return name


class _OneWriteAtATime:
    def __init__(self, app: Any) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._app(environ, start)
        with self._lock:
            return list(self._app(environ, start))
