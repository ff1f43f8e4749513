"""Two workspaces with twin data: whoever asks, by whatever route, nothing of one is seen in the other."""

from jemeti_platform.testing.sweep import Prepared
from jemeti_platform.testing.sweep.asking import told


def test_nothing_of_one_workspace_is_seen_in_another(prepared: Prepared) -> None:
    prepared.begin_again()
    prepared.ask(prepared.questions)
    prepared.look_at_tables()
    report = prepared.look_at_doors()
    print(report)  # noqa: T201 (the figures are the result)
    assert report.ok, str(report)
    assert report.requests > 20 * report.routes


def test_what_another_workspace_does_changes_no_answer(prepared: Prepared) -> None:
    """Equal twin data, then much more of it in B: every list of A stays as it was, to the byte. Source: safety A3."""
    prepared.begin_again()
    mine = [q for q in prepared.questions if q.who == "A's owner" and q.method == "GET" and not q.ids]
    asked = [question for question in mine if question.path.startswith("/v1/")]
    assert len(asked) > 50
    before = [told(prepared.asker.ask(question), question) for question in asked]
    for resource in prepared.twins.maker_b.resources.values():
        if resource.creatable:
            for _ in range(4):
                prepared.twins.maker_b.create(resource)
    for question, answer in zip(asked, before, strict=True):
        assert told(prepared.asker.ask(question), question) == answer, str(question)


def test_what_development_shows_is_not_there_in_production(prepared: Prepared) -> None:
    """A page of all mails, for one."""
    assert not [path for path in prepared.twins.app.registry.services if path.startswith("/dev")]
