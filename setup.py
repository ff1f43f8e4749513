"""Says where the packages are; all other facts about the distribution stand in setup.cfg.

`migrations/` and `tenants/` are plain folders at the top of a checkout, where people look for them. An installed wheel
carries them as `jemeti_platform/migrations` and `jemeti_platform/tenants`, so that they never claim such common names
in site-packages. setup.cfg has no way to say this.
"""

from pathlib import Path

from setuptools import find_packages, setup

code = find_packages(include=["jemeti_platform", "jemeti_platform.*", "plugins", "plugins.*"])
carried = {f"jemeti_platform.{name}": name for name in ("migrations", "tenants") if Path(name).is_dir()}

setup(packages=[*code, *carried], package_dir=carried)
