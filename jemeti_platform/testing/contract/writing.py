"""Changes: merge patches, versions, dry runs, deletion."""

from __future__ import annotations

from uuid import uuid4

from ..api import Api
from ..making import Maker
from .base import ContractBase

__all__ = ["Writing"]


class Writing(ContractBase):
    def test_a_merge_patch_changes_what_it_names(self, api: Api, maker: Maker) -> None:
        self.needs("PATCH")
        made, changes = self.create(maker), self.changes(maker)
        where = f"{self.path}/{made['id']}"
        changed = api.patch(where, changes, expect=200)
        assert api.get(where).data == changed.data
        assert changed.data["version"] == made["version"] + 1
        assert set(changed.data) == set(made)
        assert any(changed.data[name] != made[name] for name in changes if name in made)
        same = api.patch(where, changes, content_type="application/merge-patch+json", expect=200).data
        assert {k: v for k, v in same.items() if k in changes} == {
            k: v for k, v in changed.data.items() if k in changes
        }

    def test_a_patch_of_nothing_or_of_the_unknown(self, api: Api, maker: Maker) -> None:
        self.needs("PATCH")
        made = self.create(maker)
        where = f"{self.path}/{made['id']}"
        assert api.patch(where, {}, expect=200).data == made
        for name in ("no_such_field", "tenant_id", "id", "version", "created_at"):
            refused = api.patch(where, {name: str(uuid4())}, expect=400)
            assert [fault["field"] for fault in refused.error["details"]] == [name]
        assert api.get(where).data == made

    def test_who_is_too_late_is_told_and_shown_what_holds_now(self, api: Api, maker: Maker) -> None:
        self.needs("PATCH")
        made, changes = self.create(maker), self.changes(maker)
        where = f"{self.path}/{made['id']}"
        stale = api.get(where).headers["ETag"]
        current = api.patch(where, changes, headers={"If-Match": stale}, expect=200)
        late = api.patch(where, changes, headers={"If-Match": stale}, expect=412)
        assert late.error["code"] == "precondition_failed"
        assert late.error["details"]["current"] == current.data
        assert late.headers["ETag"] == current.headers["ETag"]
        api.patch(where, changes, headers={"If-Match": "*"}, expect=200)

    def test_a_dry_run_answers_in_full_and_leaves_nothing(self, api: Api, maker: Maker) -> None:
        if "POST" in self.views:
            body, before = self.body(maker), api.get(self.path).meta["total"]
            tried = api.post(f"{self.path}?dry_run=true", body, expect=201)
            assert tried.headers["Dry-Run"] == "true"
            assert list(tried.data) == list(self.resource.names)
            assert api.get(self.path).meta["total"] == before
            api.get(f"{self.path}/{tried.data['id']}", expect=404)
            api.post(self.path, body, expect=201)
        made = self.create(maker)
        where = f"{self.path}/{made['id']}"
        if "PATCH" in self.views:
            tried = api.patch(f"{where}?dry_run=true", self.changes(maker), expect=200)
            assert tried.data["version"] == made["version"] + 1
            assert api.get(where).data == made
        if "DELETE" in self.views:
            api.delete(f"{where}?dry_run=true", expect=204)
        assert api.get(where).data == made

    def test_a_retried_post_has_one_effect_and_the_same_answer(self, api: Api, maker: Maker) -> None:
        self.needs("POST")
        body, before = self.body(maker), api.get(self.path).meta["total"]
        key = {"Idempotency-Key": str(uuid4())}
        first = api.post(self.path, body, headers=key, expect=201)
        again = api.post(self.path, body, headers=key, expect=201)
        assert again.body == first.body
        assert again.headers["Idempotent-Replayed"] == "true"
        assert api.get(self.path).meta["total"] == before + 1
        refused = api.post(self.path, {**body, "no_such_field": 1}, headers=key, expect=409)
        assert refused.error["details"]["reason"] == "key_reused"

    def test_deletion(self, api: Api, maker: Maker) -> None:
        made = self.create(maker)
        where = f"{self.path}/{made['id']}"
        if "DELETE" not in self.views:
            refused = api.delete(where, expect=405)
            assert "DELETE" not in refused.headers["Allow"]
            return
        api.delete(where, headers={"If-Match": '"0-stale"'}, expect=412)
        assert api.delete(where, expect=204).body == b""
        for again in (api.get(where, expect=404), api.delete(where, expect=404)):
            assert again.error["code"] == "not_found"
