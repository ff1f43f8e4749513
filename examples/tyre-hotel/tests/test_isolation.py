"""Nothing of one workspace is seen in another, by any route of the platform or of this plugin."""

from jemeti_platform.testing.sweep import sweep


def test_nobody_sees_another_workspace(app, database):
    report = sweep(app, database)
    print(report)  # noqa: T201 (the figures are the result)
    assert report.ok, str(report)
