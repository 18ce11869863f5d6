"""The part of the table of contents that is about classrooms."""

from api import bookings, existing_app, rooms
from api.operations import Operation

BOOKING = "/api/bookings/{booking_id:uuid}"
LANGUAGE = {"Accept-Language": "The language of the texts; en and es are there."}
CLOSED = ("not_studio", "too_early", "too_late", "booking_cancelled", "room_unavailable")

CLASSROOMS = (
    Operation(
        "GET",
        BOOKING,
        bookings.show_booking,
        bookings.BookingShown,
        headers=LANGUAGE,
        problems=("not_found",),
        linked=True,
    ),
    Operation(
        "POST", f"{BOOKING}/room", rooms.enter_room, rooms.Entrance, problems=("not_found", *CLOSED), linked=True
    ),
    Operation(
        "POST",
        f"{BOOKING}/consent",
        bookings.answer_consent,
        bookings.Answered,
        body=bookings.Answer,
        problems=("unparsable", "invalid", "not_found", "withdraw_only", "too_large"),
        linked=True,
    ),
    Operation(
        "POST",
        f"{BOOKING}/end",
        rooms.end_room,
        rooms.Ended,
        202,
        problems=("not_found", "tutor_only", "room_unavailable"),
        linked=True,
    ),
    Operation(
        "GET",
        "/api/livekit/token",
        existing_app.give_token,
        existing_app.EntranceThere,
        query={"booking_id": "The booking, or `test`."},
        problems=("invalid", "not_found", "not_yours", *CLOSED),
        fault=existing_app.Refusal,
    ),
    Operation(
        "POST",
        "/api/livekit/recording",
        existing_app.press_recording,
        dict,
        body=existing_app.Press,
        problems=(
            "unparsable",
            "invalid",
            "not_found",
            "not_yours",
            "tutor_only",
            "no_consent",
            "not_together",
            "not_recording",
            "still_recording",
            "too_large",
            *CLOSED,
        ),
        fault=existing_app.Refusal,
    ),
)
