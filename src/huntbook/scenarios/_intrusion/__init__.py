"""The stages of the intrusion, in the order in which they happen; each is a function of the story so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios._intrusion._story import Story
from huntbook.scenarios._intrusion.cloud import take_cloud
from huntbook.scenarios._intrusion.credentials import steal_credentials
from huntbook.scenarios._intrusion.decoys import set_decoys
from huntbook.scenarios._intrusion.discovery import look_around
from huntbook.scenarios._intrusion.exfiltration import carry_off
from huntbook.scenarios._intrusion.foothold import call_home, open_document
from huntbook.scenarios._intrusion.lateral import move_on
from huntbook.scenarios._intrusion.linux import enter_linux
from huntbook.scenarios._intrusion.persistence import stay

if TYPE_CHECKING:
    from huntbook.scenarios._world import World


def attack(world: World) -> Story:
    """Plant the whole intrusion, and what resembles it, in the logs of a world."""
    story = Story(world)
    for stage in (
        open_document,
        stay,
        call_home,
        look_around,
        steal_credentials,
        move_on,
        enter_linux,
        carry_off,
        take_cloud,
        set_decoys,
    ):
        stage(story)
    return story
