"""What pytest needs to run the tests in Python; what they share is in `support`."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))


def pytest_unconfigure(config):
    """Prints `N passed, N failed` as the last line, for scripts/check; a test that did not run has failed."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    failed = sum(len(reporter.stats.get(outcome, [])) for outcome in ("failed", "error", "skipped", "xfailed", "xpassed"))
    print(f"{len(reporter.stats.get('passed', []))} passed, {failed} failed", flush=True)
