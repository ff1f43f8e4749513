"""What cannot work does not start: the boot refuses it in a sentence that names the place and the remedy."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from jemeti_platform.platform import BootError, PluginFailed

from .plugins_on_disk import ADD, GET, plugins_on_disk  # noqa: F401 (a fixture)

CHILD = {
    "manifest": "'features': (Feature('plug.extra', 'Extra'),), 'permissions': (Permission('plug.extra:read', 'R'),),",
    "code": "one.feature = 'plug.extra'\none.add('GET', lambda request: {}, permission='plug.extra:read')",
}


def test_a_feature_may_stand_under_the_umbrella_of_a_required_plugin(boot: Callable[..., Any]) -> None:
    required = {**CHILD, "manifest": f"'requires': ('plug',), {CHILD['manifest']}"}
    assert boot(plug={}, child=required).registry.platform.features["plug.extra"].parent == "plug"


def test_a_feature_under_the_umbrella_of_a_stranger_is_refused(boot: Callable[..., Any]) -> None:
    stranger = {**CHILD, "manifest": f"'requires': ('other',), {CHILD['manifest']}"}
    with pytest.raises(BootError, match=r"'plug\.extra' of 'child' has no parent: declare .* or name the plugin"):
        boot(plug={}, other={}, child=stranger)


def test_a_plugin_that_is_in_order_boots(boot: Callable[..., Any]) -> None:
    assert "/v1/fine/one" in boot(fine={}).registry.services


def test_a_plugin_that_sells_nothing_is_on_wherever_it_is_installed(boot: Callable[..., Any]) -> None:
    free = {
        "manifest": "'features': (), 'permissions': (Permission('{name}:read', 'Read'),),",
        "code": "one.add('GET', lambda request: {}, feature=ALWAYS, permission='{name}:read')",
    }
    needs = {"manifest": "'requires': ('free', 'sold'),"}
    platform = boot(free=free, sold={}, needs=needs).registry.platform
    assert platform.enabled_plugins(lambda slug: False) == {"free"}
    assert platform.enabled_plugins(lambda slug: slug == "sold.one") == {"free", "sold"}
    assert platform.enabled_plugins(lambda slug: slug == "needs.one") == {"free", "sold", "needs"}


TWICE = GET + "two = Service('{name}.two', '/{name}/two', '{name}.one')\ntwo.views = one.views\n"
BOTH = ADD + "\nconfig.add_service(two)"
VIEW = "one.add('GET', lambda request: {}, permission='{name}.one:read'"
RESOURCE = """
from jemeti_platform.audit.models import AuditEntry
from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.schema import Mapping
class Nothing(Mapping): pass
rows = Resource('{name}.one', '/{name}/rows', AuditEntry, Nothing, '{name}.one', 'row', sort=('at',), default_sort='at')
"""
REFUSED = {
    "a route without a permission": (
        {"code": "one.add('GET', lambda request: {})"},
        r"_plug\.py:\d+: GET /v1/plug/one declares no permission; write permission='<feature>:<action>'",
    ),
    "a route without a feature": (
        {"code": "one.feature = ''\n" + GET},
        r"_plug\.py:\d+: GET /v1/plug/one declares no feature; write feature='<slug>', or ALWAYS",
    ),
    "a permission that nobody declares": (
        {"code": "one.add('GET', lambda request: {}, permission='plug.one:fly')"},
        r"_plug\.py:\d+: .* uses the permission 'plug\.one:fly', which no manifest declares",
    ),
    "a feature that nobody declares": (
        {"code": VIEW + ", feature='plug.two')"},
        r"_plug\.py:\d+: .* uses the feature 'plug\.two', which no manifest declares",
    ),
    "a feature of somebody else": (
        {"code": VIEW + ", feature='other.one')"},
        r"gated by 'other\.one', a feature of another plugin; gate it by one of your own",
    ),
    "a service without views": ({"code": ""}, r"service 'plug\.one' of 'plug' has no views"),
    "a path that is not in the manifest": (
        {"code": "one.path = '/elsewhere'\n" + GET},
        r"plugin 'plug' serves /v1/elsewhere, but its manifest declares only /plug; add the path to Manifest",
    ),
    "a path served twice": (
        {"code": TWICE + "two.path = one.path", "includeme": BOTH},
        r"the path /v1/plug/one is already served by 'plug\.one' of 'plug'; merge the two services or change the path",
    ),
    "a name given twice": (
        {"code": TWICE + "two.name = one.name", "includeme": BOTH},
        r"another service is already named 'plug\.one'; names must be unique",
    ),
    "a service for administrators": (
        {"code": VIEW + ", realm='platform')"},
        r"only the kernel serves platform administrators",
    ),
    "changes of rows that count none": (
        {"code": GET + RESOURCE, "includeme": ADD + "\nconfig.add_resource(rows)"},
        r"resource 'plug\.one' has rows without a version, which a change counts; say updatable=False, or derive",
    ),
    "a hook that does not exist": (
        {"code": GET + "@hookimpl\ndef jemeti_tenant_enabeld(work): pass"},
        r"plugin 'plug' of boot\d+_plug 1\.0 .*_plug\.py: there is no hook 'jemeti_tenant_enabeld'; the hooks are ",
    ),
    "an argument that a hook does not have": (
        {"code": GET + "@hookimpl\ndef jemeti_tenant_enabled(work, mood): pass"},
        r"plugin 'plug' of .*_plug\.py: .*jemeti_tenant_enabled[\s\S]*mood",
    ),
    "a requirement that is not there": (
        {"manifest": "'requires': ('wings',),"},
        r"plugin 'plug' of .* cannot start: it requires 'wings'; install that and add it to jemeti\.plugins",
    ),
    "a feature that requires what is not there": (
        {"manifest": "'features': (Feature('plug', 'All'), Feature('plug.one', 'One', requires=('wings.fly',))),"},
        r"feature 'plug\.one' requires 'wings\.fly', which no installed plugin declares",
    ),
    "another platform": (
        {"manifest": "'platform': '>=7',"},
        r"plugin 'plug' of .* version 1\.0 wants a platform >=7, this is 1\.\d.*; install a fitting version",
    ),
    "a manifest of another name": (
        {"manifest": "'name': 'plum',"},
        r"its manifest \(.*_plug\.py\) is named 'plum'; entry point and manifest must agree",
    ),
    "no manifest": ({"whole": "def includeme(config): pass"}, r"_plug\.py has no jemeti_manifest\(\); add one"),
    "a listener that cannot be called": (
        {"code": GET + "def hear(work): pass", "includeme": ADD + "\nconfig.add_listener(ValueError, hear)"},
        r"_plug\.py:\d+: a listener of ValueError is called as \(work, event\); change its arguments",
    ),
    "a port that cannot be called": (
        {"code": GET + "def give(work, more): pass", "includeme": ADD + "\nconfig.add_port(ValueError, give)"},
        r"_plug\.py:\d+: a provider of ValueError is called as \(work\); change its arguments",
    ),
    "a port with two providers": (
        {"code": GET + "def give(work): pass", "includeme": ADD + "\nconfig.add_port(ValueError, give)" * 2},
        r"the port ValueError has two providers, 'plug' and 'plug'; remove one from jemeti\.plugins",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_does_not_boot_with(what: str, boot: Callable[..., Any]) -> None:
    parts, sentence = REFUSED[what]
    with pytest.raises(BootError) as caught:
        boot(plug=parts, other={})
    assert re.search(sentence, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (
            "'features': (Feature('plug.one', 'One'),),",
            r"feature 'plug\.one' has no parent; declare Feature\('plug', …\)",
        ),
        ("'features': (Feature('Plug', 'One'),),", r"feature 'Plug': a slug is lower-case words"),
        (
            "'permissions': (Permission('plug.one', 'Read'),),",
            r"permission 'plug\.one': write '<feature slug>:<action>'",
        ),
        (
            "'permissions': (Permission('plug.two:read', 'Read'),),",
            r"names the feature 'plug\.two', which the manifest",
        ),
        ("'permissions': (Permission('plug.one:read', 'R', ('boss',)),),", r"no system role is called boss"),
        ("'version': 'newest',", r"version 'newest' is no PEP 440 version"),
        ("'platform': 'any',", r"platform 'any' is no PEP 440 range"),
        ("'paths': ('plug/',),", r"path 'plug/' must start with '/' and must not end with one"),
        ("'limits': (Limit('plug.max', 'M', -1),),", r"limit 'plug\.max': the default is negative"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_told_so(boot: Callable[..., Any], manifest: str, sentence: str) -> None:
    with pytest.raises(PluginFailed, match=f"plugin 'plug' of .*{sentence}"):
        boot(plug={"manifest": manifest})


def test_plugins_that_are_not_installed_or_in_a_circle(boot: Callable[..., Any]) -> None:
    with pytest.raises(
        BootError,
        match=r"plugin 'ghost' .*jemeti\.plugins names it, but no installed distribution.*installed are: .*crm",
    ):
        boot(load="ghost")
    with pytest.raises(BootError, match=r"plugins require each other in a circle: yin → yang → yin|yang → yin → yang"):
        boot(yin={"manifest": "'requires': ('yang',),"}, yang={"manifest": "'requires': ('yin',),"})


def test_what_is_required_is_loaded_first(boot: Callable[..., Any]) -> None:
    app = boot(aa={"manifest": "'requires': ('zz',),"}, zz={})
    assert list(app.registry.platform.manifests) == ["zz", "aa"]


def test_a_word_that_two_plugins_declare(boot: Callable[..., Any]) -> None:
    limit = "'limits': (Limit('cars.max', 'Cars'),),"
    with pytest.raises(BootError, match=r"limit 'cars\.max' is declared by 'aa' and by 'bb'; rename it in one of them"):
        boot(aa={"manifest": limit}, bb={"manifest": limit})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"jemeti.environment": "staging"}, r"jemeti\.environment is 'staging'; it may be development or production"),
        ({"sqlalchemy.url": ""}, r"sqlalchemy\.url is not set"),
        ({"jemeti.platform_url": " "}, r"jemeti\.platform_url is not set"),
        ({"jemeti.jwt.keys": ""}, r"jemeti\.jwt\.keys is empty"),
        ({"jemeti.jwt.keys": "short"}, r"jemeti\.jwt\.keys: a key is shorter than 32 bytes"),
        ({"jemeti.pool_size": "none"}, r"jemeti\.pool_size is 'none'; it must be a whole number above zero"),
        ({"jemeti.ratelimit.general": "often"}, r"jemeti\.ratelimit\.general: 'often' is no limit"),
        ({"jemeti.ratelimit.generall": "5 per minute"}, r"jemeti\.ratelimit\.generall: there is no such rate limit"),
    ],
)
def test_a_setting_that_cannot_be_is_named(boot: Callable[..., Any], settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(BootError, match=sentence):
        boot(settings)


def test_the_demo_key_is_for_development_only(boot: Callable[..., Any]) -> None:
    from jemeti_platform.boot import DEMO_JWT_KEY

    with pytest.raises(BootError, match=r"jemeti\.jwt\.keys holds the key of development\.ini"):
        boot({"jemeti.environment": "production", "jemeti.jwt.keys": DEMO_JWT_KEY})
