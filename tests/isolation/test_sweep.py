"""Two workspaces with twin data: whoever asks, by whatever route, nothing of one is seen in the other."""

from jemeti_platform.testing.sweep import Prepared


def test_nothing_of_one_workspace_is_seen_in_another(prepared: Prepared) -> None:
    prepared.begin_again()
    prepared.ask(prepared.questions)
    prepared.look_at_tables()
    report = prepared.look_at_doors()
    print(report)  # noqa: T201 (the figures are the result)
    assert report.ok, str(report)
    assert report.requests > 20 * report.routes
