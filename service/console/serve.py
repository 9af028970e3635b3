"""`cairn serve`: the API."""

import click
import structlog

from service import server
from service.console.process import begin_process


@click.command()
def serve() -> None:
    """Run the API on CAIRN_HOST and PORT (127.0.0.1:8000), until told to stop.

    Any number may run: they share nothing but the database.

    \b
    Example:
      DATABASE_URL=postgresql://cairn@db/cairn PORT=8000 cairn serve
    """
    settings = begin_process("api")

    def ready() -> None:
        structlog.get_logger().info("api_ready", port=settings.port)

    server.run(settings, ready=ready)
