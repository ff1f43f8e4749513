"""Whatever is sent where, the answer is documented and never a 5xx.

Requests are generated from the OpenAPI document by schemathesis, good ones and broken ones, always the same
for the same code. ``JEMETI_FUZZ_CASES=3000 bin/test tests/kernel/test_fuzz.py`` tries more of them.
"""

import os
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from jemeti_platform.rest.conformance import Conformance

CASES = int(os.environ.get("JEMETI_FUZZ_CASES", "300"))


@pytest.fixture(scope="module")
def conformance(app):
    return Conformance(app.registry.published.whole.document)


@pytest.mark.parametrize("areas", [("/v1/crm/", "/v1/vehicles/"), ("/v1/",)], ids=["crm", "kernel"])
def test_0_5xx_and_every_answer_as_documented(app, new_tenant, api_of, conformance, areas):
    schema = schemathesis.openapi.from_dict(app.registry.published.whole.document)
    schema.app = app
    plugin = "kernel" if areas == ("/v1/",) else "crm"
    found = [result.ok() for result in schema.get_all_operations()]
    found = [one for one in found if one.path.startswith(areas) and one.definition.raw["x-plugin"] == plugin]
    fuzz = Fuzz(api_of(new_tenant(country="BD")), conformance, found)
    for operation in found:
        fuzz(operation, CASES // len(found) + 1)
    assert len(fuzz.statuses) >= CASES
    assert not [status for status in fuzz.statuses if status >= 500]
    # some of them must have got through, or nothing was tried but the door
    assert {200, 201, 400, 404} <= set(fuzz.statuses)


class Fuzz:
    """Requests as the owner of a workspace, half of those for one record for a record that is there."""

    def __init__(self, api, conformance, operations):
        self.api, self.conformance, self.statuses = api, conformance, []
        self.made = {}
        for operation in operations:
            content = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json")
            if operation.method == "post" and "{" not in operation.path and content:
                reply = api.post(operation.path, content["example"], anything=True)
                if reply.status == 201:
                    self.made[operation.path] = reply.data["id"]

    def __call__(self, operation, cases):
        known = self.made.get(operation.path.partition("/{")[0])

        @seed(20260301)
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def run(data):
            mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
            case = data.draw(operation.as_strategy(generation_mode=mode))
            if known and data.draw(st.booleans()):
                case.path_parameters["id"] = known
            response = case.call(headers={"Host": self.api.host, **self.api.login.headers})
            self.statuses.append(response.status_code)
            headers = {name: values[0] for name, values in response.headers.items()}
            path = urlsplit(response.request.url).path
            self.conformance.check(case.method.upper(), path, response.status_code, headers, response.content)

        run()
