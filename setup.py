"""Says where the packages are; all other facts about the distribution stand in setup.cfg.

`migrations/` and `tenants/` are plain folders at the top of a checkout, where people look for them. An installed wheel
carries them as `jemeti_platform/migrations` and `jemeti_platform/tenants`, so that they never claim such common names
in site-packages, and the ini files beside them in `jemeti_platform/ini`. setup.cfg has no way to say this.
"""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

code = find_packages(include=["jemeti_platform", "jemeti_platform.*", "plugins", "plugins.*"])
carried = {f"jemeti_platform.{name}": name for name in ("migrations", "tenants") if Path(name).is_dir()}


class BuildWithSettings(build_py):
    """Takes the ini files along, for `jemeti init`; an editable installation finds them where they are."""

    def run(self):
        super().run()
        if not self.editable_mode:
            for name in ("development.ini", "production.ini"):
                place = Path(self.build_lib, "jemeti_platform", "ini", name)
                self.mkpath(str(place.parent))
                self.copy_file(name, str(place))


setup(packages=[*code, *carried], package_dir=carried, cmdclass={"build_py": BuildWithSettings})
