"""What the web front needs to let people into classrooms."""

from dataclasses import dataclass, field

from api.doorbell import Doorbell
from api.errands import Errands
from api.room_links import RoomLinks
from lessons.classroom import Hours
from lessons.ports import Rooms


@dataclass(frozen=True)
class Classrooms:
    """`url` is the LiveKit server as browsers reach it (`ws` or `wss`).

    `patience` is for how many seconds the app's recording button waits until what it was pressed for is so.
    """

    rooms: Rooms
    url: str
    links: RoomLinks
    doorbell: Doorbell
    hours: Hours = field(default_factory=Hours)
    errands: Errands = field(default_factory=Errands)
    patience: float = 8.0
