"""What a person may set stands in the README, with the words the code uses."""

from service.settings import MAY_LIE_IN_A_FILE, SETTINGS
from tests.house.tree import ROOT


def test_every_setting_is_documented():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [*SETTINGS, *(f"{name}_FILE" for name in MAY_LIE_IN_A_FILE)]
    assert [name for name in names if f"`{name}`" not in readme] == []
