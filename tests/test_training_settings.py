"""A training run's settings: what may be changed by name, and what is refused before anything is trained."""

from __future__ import annotations

import json

import pytest

from ganspace_tf.errors import UnknownName, UsageError
from training.settings import BigGANSettings, Settings


def test_named_settings_change_and_the_others_stay():
    changed = Settings().changed(["rate=0.0007", "batch=8", "ends=legs=3,gloss=-1.5"])
    assert (changed.rate, changed.batch, changed.ends) == (0.0007, 8, "legs=3,gloss=-1.5")
    others = dict(changed.as_dict(), rate=Settings.rate, batch=Settings.batch, ends=Settings.ends)
    assert others == Settings().as_dict()


def test_a_list_is_given_with_commas():
    assert BigGANSettings().changed(["channels=8,8,8,8,4,2"]).channels == (8, 8, 8, 8, 4, 2)


@pytest.mark.parametrize("settings", [Settings(), BigGANSettings()])
def test_settings_are_the_same_after_they_were_written(settings):
    written = json.dumps(settings.as_dict())
    assert json.dumps(type(settings)(**json.loads(written)).as_dict()) == written


@pytest.mark.parametrize(
    "text, message",
    [
        ("ratee=1", "'ratee'.*rate"),
        ("channels=1", "channels must be 6 whole numbers, not '1'"),
        ("channels=8,8,8,8,8,x", "channels must be a whole number, not 'x'"),
        ("parent=x", "'parent'"),
        ("rate", "rate must be a number, not ''"),
        ("batch=0.5", "batch must be a whole number, not '0.5'"),
        ("ends=wings=1", "'wings'"),
        ("ends=legs", "'legs'"),
        ("ends=legs=99", "-1.5 to 10, not 'legs=99'"),
        ("ends=legs=nan", "-1.5 to 10, not 'legs=nan'"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_is_allowed(text, message):
    settings = BigGANSettings() if text.startswith("channels") else Settings()
    with pytest.raises((UnknownName, UsageError), match=message):
        settings.changed([text])
