"""``brainseek ui``: open the Streamlit app."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import click

from brainseek.catalog.core.errors import BrainseekError


def streamlit_command(port: int, headless: bool) -> list[str]:
    """Return the command that serves the app on this machine only, without Streamlit's questions.

    The first start would otherwise wait for an e-mail address, and bare strings in the page's code
    would be shown.
    """
    script = Path(__file__).parents[1] / "app" / "main.py"
    return [
        sys.executable, "-m", "streamlit", "run", str(script),
        "--server.port", str(port),
        "--server.address", "127.0.0.1",
        "--server.headless", str(headless).lower(),
        "--server.showEmailPrompt", "false",
        "--client.toolbarMode", "viewer",
        "--runner.magicEnabled", "false",
        "--browser.gatherUsageStats", "false",
    ]  # fmt: skip


@click.command(name="ui")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="TCP port."
)
@click.option("--headless", is_flag=True, help="Do not open a browser window.")
def app(port: int, headless: bool) -> None:
    """Open the app in the browser; it runs until you press Ctrl-C.

    It listens on this machine only (127.0.0.1).

    \b
    brainseek ui --port 8502
    """  # noqa: D301
    if importlib.util.find_spec("streamlit") is None:
        raise BrainseekError(
            "the app needs Streamlit, which is not installed; pip install 'brainseek[ui]'."
        )
    command = streamlit_command(port, headless)
    try:
        code = subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return
    if code:
        raise BrainseekError(
            f"Streamlit ended with status {code}; if port {port} is taken, choose another with "
            "--port."
        )
