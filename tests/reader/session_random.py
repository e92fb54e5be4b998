"""Random sessions, as hypothesis draws them: any reader, any keys in any order, at any pace."""

from hypothesis import strategies as st

from tests.reader.session import Action, Ask, Cable, Jack, Jump, Press, Start, Wait
from tests.reader.session_homes import Choices

_FEWEST, _MOST = 5, 14  # actions in a session
_SECONDS = 45  # of pauses in a session

# In a hurry, as people do, listening to the end, and thinking about it.
_pauses = st.one_of(
    st.integers(20, 700).map(lambda ms: ms / 1000),
    st.integers(20, 4000).map(lambda ms: ms / 1000),
    st.integers(20, 12000).map(lambda ms: ms / 1000),
    st.integers(4000, 8000).map(lambda ms: ms / 1000),
)
_holds = st.integers(30, 400).map(lambda ms: ms / 1000)
_presses = st.builds(
    Press, st.sampled_from(("speak",) * 5 + ("menu",) * 3 + ("louder", "quieter")), _pauses, _holds
)
_asks = st.builds(
    Ask,
    st.sampled_from(("info", "code", "speak", "speak", "cancel", "time", "provision", "wipe", "close")),
    _pauses,
    st.integers(0, 1),
)
_others: tuple[st.SearchStrategy[Action], ...] = (
    _asks,
    _asks,
    st.builds(Jack, st.booleans(), _pauses),
    st.builds(Jack, st.booleans(), _pauses),
    st.builds(Cable, st.booleans(), _pauses),
    st.builds(Jump, st.sampled_from((-3, -1, 1, 2, 5, 40)), _pauses),
    st.builds(Wait, _pauses),
)
_PRESSES = 16  # as often as one of these

starts = st.builds(
    Start,
    keys=st.sampled_from(("totp", "hotp", "several", "totp", "several", "none", "")),
    choices=st.builds(
        Choices,
        aloud=st.sampled_from((2, 2, 1)),
        speed=st.integers(0, 5),
        single=st.integers(0, 1),
        volume=st.integers(0, 7),
        key=st.integers(0, 3),
        language=st.sampled_from(("en", "da", "kl")),
    ),
    second=st.integers(0, 29),
    clock=st.sampled_from(("right",) * 8 + ("lost", "ahead")),
    millivolts=st.sampled_from((3000,) * 6 + (2200, 1950)),
    usb=st.booleans(),
    plug=st.booleans(),
    through_jack=st.booleans(),
)


@st.composite
def actions(draw: st.DrawFn) -> tuple[Action, ...]:
    """Draw what somebody does, in less than a minute."""
    found: list[Action] = []
    seconds = 0.0
    for _ in range(draw(st.integers(_FEWEST, _MOST))):
        kind = draw(st.integers(0, len(_others) + _PRESSES - 1))
        action = draw(_others[kind] if kind < len(_others) else _presses)
        seconds += action.pause
        if seconds > _SECONDS:
            break
        found.append(action)
    return tuple(found)
