"""What a case is when its facts come late, twice, forged or in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sync.cases.fold import Holder, Move, NotAllowed, fold, follow
from sync.cases.stages import Act, Outcome, Stage, acts_open_at
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, Story


def test_a_case_goes_from_the_village_to_the_villager() -> None:
    story = Story()
    story.goes_up()
    accepted = story.does(Act.ACCEPT, TOWNSHIP, item_version=2, release=3)
    story.does(Act.STAGE_DONE, TOWNSHIP)
    story.does(Act.DECIDE, TOWNSHIP, outcome=Outcome.GRANTED)
    story.does(Act.CLOSE, TOWNSHIP)
    story.does(Act.DELIVER, VILLAGE)
    case = story.case()
    assert case.stage is Stage.DELIVERED
    assert case.outcome is Outcome.GRANTED
    assert (case.item_code, case.item_version, case.release, case.filed_release) == ("JS01", 2, 3, 1)
    assert [entered.stage for entered in case.stage_history] == [
        Stage.RECEIVED,
        Stage.IN_TRANSIT,
        Stage.RECEIVED,
        Stage.EXAMINING,
        Stage.REVIEWING,
        Stage.DECIDED,
        Stage.CLOSED,
        Stage.DELIVERED,
    ]
    assert case.stage_history[3].move_id == accepted
    assert [taken.holder.place for taken in case.custody_history] == [VILLAGE, TOWNSHIP]
    assert not case.open_branches | case.waiting | case.closed_by_settlement


def test_custody_never_offered_is_not_taken() -> None:
    """A claim of custody moves nothing, and the honest custodian goes on."""
    story = Story()
    grab = story.does(Act.TAKE_IN, TOWNSHIP)
    offer = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP, after=story.case_id)
    case = story.case()
    assert case.custodian == Holder(VILLAGE)
    assert case.fence == 0
    assert case.path == (story.case_id, offer)
    assert case.not_allowed == {grab: NotAllowed.NO_SUCH_ACT}


def test_an_act_of_somebody_else_is_shown_and_moves_nothing() -> None:
    story = Story()
    story.does(Act.ACCEPT, TOWNSHIP)
    follower = story.does(Act.STAGE_DONE, TOWNSHIP)
    far_ahead = story.does(Act.DECIDE, TOWNSHIP, based_on=(b"\xff" * 32,))
    case = story.case()
    assert case.path == (story.case_id,)
    assert set(case.not_allowed.values()) == {NotAllowed.NOT_CUSTODIAN, NotAllowed.FOLLOWS}
    assert case.not_allowed[follower] is NotAllowed.FOLLOWS
    assert case.waiting == {far_ahead}


def test_two_lives_of_one_village_that_contradict_each_other_make_the_same_case_everywhere() -> None:
    """No act of one life is ever applied on top of the other's."""
    story = Story()
    offer = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    accepted = story.does(Act.ACCEPT, VILLAGE, after=story.case_id)
    done = story.does(Act.STAGE_DONE, VILLAGE)
    there = fold(story.case_id, VILLAGE, story.moves)
    here = fold(story.case_id, VILLAGE, reversed(story.moves))
    assert here == there
    assert here.path == (story.case_id, offer)
    assert here.conflict == {accepted, done}


def test_a_restored_village_that_offers_again_does_not_take_the_case_back() -> None:
    story = Story()
    offer = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP, move_id=b"\xee" * 32)
    story.does(Act.TAKE_IN, TOWNSHIP, after=offer)
    accepted = story.does(Act.ACCEPT, TOWNSHIP)
    again = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP, after=story.case_id)
    case = story.case()
    assert case.tip == accepted
    assert case.custodian == Holder(TOWNSHIP)
    assert case.conflict == {again}


def test_what_a_former_custodian_did_meanwhile_is_late_and_kept() -> None:
    story = Story()
    taken = story.goes_up()
    override = story.does(Act.OVERRIDE, COUNTY, next_unit="农业局")
    accepted = story.does(Act.ACCEPT, TOWNSHIP, after=taken)
    story.does(Act.STAGE_DONE, TOWNSHIP)
    case = story.case()
    assert case.tip == override
    assert case.custodian == Holder(COUNTY, "农业局")
    assert accepted in case.late
    assert len(case.late) == 2
    assert not case.conflict


def test_the_county_overrides_a_case_on_its_way_and_the_offer_is_gone() -> None:
    story = Story()
    story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    story.does(Act.OVERRIDE, COUNTY)
    late = story.does(Act.TAKE_IN, TOWNSHIP)
    case = story.case()
    assert (case.stage, case.offered_to, case.custodian) == (Stage.RECEIVED, None, Holder(COUNTY))
    assert case.not_allowed == {late: NotAllowed.NO_SUCH_ACT}


def test_more_changes_of_custody_weigh_more_than_a_smaller_id() -> None:
    story = Story(home=TOWNSHIP, filed_at=TOWNSHIP)
    story.does(Act.OVERRIDE, COUNTY)
    story.does(Act.HAND_OVER, COUNTY, to_place=TOWNSHIP)
    back = story.does(Act.TAKE_IN, TOWNSHIP)
    override = story.does(Act.OVERRIDE, COUNTY, after=story.case_id, move_id=b"\x00" * 32)
    case = story.case()
    assert case.tip == back
    assert case.late == {override}


def test_a_case_offered_to_a_window_is_taken_in_by_that_window_only() -> None:
    story = Story()
    story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP, to_unit="窗口一")
    wrong = story.does(Act.TAKE_IN, TOWNSHIP, unit="窗口二")
    right = story.does(Act.TAKE_IN, TOWNSHIP, unit="窗口一", after=story.moves[1].id)
    case = story.case()
    assert case.tip == right
    assert case.custodian == Holder(TOWNSHIP, "窗口一")
    assert case.not_allowed == {wrong: NotAllowed.NOT_OFFERED}


def test_the_unit_named_for_the_next_stage_goes_on_and_the_former_one_is_late() -> None:
    story = Story()
    story.goes_up()
    accepted = story.does(Act.ACCEPT, TOWNSHIP, unit="窗口")
    story.does(Act.STAGE_DONE, TOWNSHIP, unit="窗口", next_unit="分管领导", move_id=b"\x01" * 32)
    late = story.does(Act.STAGE_DONE, TOWNSHIP, unit="窗口", after=accepted)
    wrong = story.does(Act.DECIDE, TOWNSHIP, unit="窗口", after=b"\x01" * 32)
    right = story.does(Act.DECIDE, TOWNSHIP, unit="分管领导", after=b"\x01" * 32)
    case = story.case()
    assert case.tip == right
    assert case.late == {late}
    assert case.not_allowed == {wrong: NotAllowed.NOT_CUSTODIAN}
    assert [taken.holder.unit for taken in case.custody_history] == ["", "", "分管领导"]


def test_a_case_is_offered_only_to_places_above_its_village() -> None:
    story = Story()
    astray = story.does(Act.HAND_OVER, VILLAGE, to_place=OTHER_TOWNSHIP)
    assert story.case().not_allowed == {astray: NotAllowed.NOT_ON_PATH}


def conflicting() -> tuple[Story, bytes, bytes]:
    """Two windows of one township accepted the case; one went on."""
    story = Story()
    taken = story.goes_up()
    first = story.does(Act.ACCEPT, TOWNSHIP)
    other = story.does(Act.ACCEPT, TOWNSHIP, after=taken)
    other_done = story.does(Act.STAGE_DONE, TOWNSHIP)
    assert story.case().conflict == {other, other_done}
    return story, first, other_done


def test_a_settled_conflict_is_closed_and_the_case_goes_on() -> None:
    story, first, other_done = conflicting()
    before = story.case()
    settled = story.does(Act.SETTLE, TOWNSHIP, based_on=(first, other_done))
    case = story.case()
    assert case.tip == settled
    assert (case.stage, case.custodian) == (before.stage, before.custodian)
    assert case.closed_by_settlement == before.conflict
    assert not case.open_branches


def test_a_settlement_never_makes_a_losing_branch_win() -> None:
    story, first, other_done = conflicting()
    settled = story.does(Act.SETTLE, TOWNSHIP, based_on=(other_done, first))
    case = story.case()
    assert case.tip == first
    assert settled in case.conflict
    assert not case.closed_by_settlement


def test_a_settlement_by_the_county_raises_no_branch() -> None:
    """The county holds the case on both branches; its settlement of the losing one counts for nothing."""
    story = Story()
    taken = story.goes_up(to=COUNTY)
    for act in (Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE):
        taken = story.does(act, COUNTY)
    first = story.does(Act.DELIVER, VILLAGE)
    second = story.does(Act.DELIVER, VILLAGE, after=taken)
    story.does(Act.SETTLE, COUNTY, based_on=(second, first))
    assert story.case().tip == first


def test_what_reaches_a_settled_branch_afterwards_is_shown_again() -> None:
    story, first, other_done = conflicting()
    story.does(Act.SETTLE, TOWNSHIP, based_on=(first, other_done))
    newcomer = story.does(Act.DECIDE, TOWNSHIP, after=other_done)
    assert story.case().open_branches == {newcomer}


def test_an_offer_stands_while_a_conflict_is_settled() -> None:
    story = Story()
    first = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    second = story.does(Act.HAND_OVER, VILLAGE, to_place=COUNTY, after=story.case_id)
    story.does(Act.SETTLE, VILLAGE, based_on=(first, second))
    case = story.case()
    assert (case.stage, case.resume, case.offered_to) == (Stage.IN_TRANSIT, Stage.RECEIVED, Holder(TOWNSHIP))


@pytest.mark.parametrize("place", [TOWNSHIP, COUNTY, VILLAGE])
def test_an_unknown_act_of_somebody_concerned_holds_the_case_for_upgrade(place: int) -> None:
    story = Story()
    story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    unknown = story.does(None, place)
    after = story.does(Act.TAKE_IN, TOWNSHIP)
    case = story.case()
    assert case.held_for_upgrade
    assert case.tip == unknown
    assert case.waiting == {after}
    assert case.custodian == Holder(VILLAGE)


def test_an_unknown_act_of_a_stranger_holds_nothing() -> None:
    story = Story()
    story.goes_up()
    unknown = story.does(None, VILLAGE)
    case = story.case()
    assert not case.held_for_upgrade
    assert case.not_allowed == {unknown: NotAllowed.NOT_CUSTODIAN}


def test_a_move_waits_until_the_one_it_follows_is_here() -> None:
    story = Story()
    story.goes_up()
    story.does(Act.ACCEPT, TOWNSHIP)
    offer = story.moves[1].id
    early = story.case(without=(offer,))
    assert early.path == (story.case_id,)
    assert early.waiting == {move.id for move in story.moves[2:]}
    assert not story.case().waiting


def test_without_its_filing_a_case_has_no_state_and_everything_waits() -> None:
    story = Story()
    story.goes_up()
    case = story.case(without=(story.case_id,))
    assert (case.tip, case.stage, case.custodian) == (None, None, None)
    assert len(case.waiting) == 2


def test_a_second_filing_is_no_part_of_the_case() -> None:
    story = Story()
    second = story.does(Act.FILE, VILLAGE)
    assert story.case().not_allowed == {second: NotAllowed.NO_SUCH_ACT}


def test_a_case_of_twenty_thousand_moves_is_folded() -> None:
    story = Story()
    for number in range(20_000):
        story.does(Act.HAND_OVER, VILLAGE, to_place=(TOWNSHIP, COUNTY)[number % 2])
    assert len(story.case().path) == 20_001


def any_story(seed: int) -> Story:
    """Acts of everybody with units, settlements and unknown acts, each after a recent one."""
    chance = random.Random(seed)
    story = Story(filed_at=chance.choice((VILLAGE, TOWNSHIP)))
    acts = [
        Act.HAND_OVER,
        Act.TAKE_IN,
        Act.ACCEPT,
        Act.STAGE_DONE,
        Act.OVERRIDE,
        Act.DECIDE,
        Act.SETTLE,
        *Act,
        None,
    ]
    for _ in range(chance.randint(1, 25)):
        known = [move.id for move in story.moves]
        story.does(
            chance.choice(acts),
            chance.choice((VILLAGE, TOWNSHIP, TOWNSHIP, COUNTY)),
            unit=chance.choice(("", "", "", "甲", "乙")),
            based_on=(
                chance.choice(known[-2:]),
                *chance.sample(known, k=min(len(known), chance.choice((0, 2)))),
            ),
            to_place=chance.choice((TOWNSHIP, TOWNSHIP, COUNTY)),
            to_unit=chance.choice(("", "", "甲")),
            next_unit=chance.choice(("", "", "乙")),
            move_id=chance.randbytes(32),
        )
    return story


def accounts_for_every_move(story: Story, *, moves: list[Move]) -> None:
    case = fold(story.case_id, story.home, moves)
    parts = [
        case.path,
        case.conflict,
        case.late,
        tuple(case.not_allowed),
        case.waiting,
        case.closed_by_settlement,
    ]
    assert sorted(each for part in parts for each in part) == sorted(move.id for move in moves)


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_any_order_of_arrival_makes_the_same_case_and_loses_nothing(seed: int, order: int) -> None:
    story, shuffle = any_story(seed), random.Random(order)
    # Whatever has arrived so far, twice even, in whatever order.
    arrived = shuffle.sample(story.moves, k=shuffle.randint(1, len(story.moves)))
    accounts_for_every_move(story, moves=arrived)
    once = fold(story.case_id, story.home, arrived)
    twice = shuffle.sample(arrived * 2, k=len(arrived) * 2)
    assert fold(story.case_id, story.home, twice) == once


def likely_story(seed: int) -> Story:
    """Mostly acts that are open to whoever does them; now and then what nobody expects."""
    chance = random.Random(seed)
    story = Story(filed_at=chance.choice((VILLAGE, TOWNSHIP)))
    for _ in range(chance.randint(1, 60)):
        before = story.case()
        assert before.stage is not None
        act = story.does(
            chance.choice((*acts_open_at(before.stage), Act.HAND_OVER)),
            chance.choice((VILLAGE, TOWNSHIP, COUNTY)),
            based_on=(before.path[-1] if chance.random() < 0.95 else chance.choice(before.path),),
            to_place=chance.choice((TOWNSHIP, COUNTY)),
            next_unit=chance.choice(("", "", "", "乙")),
            move_id=chance.randbytes(32),
            item_version=chance.randint(1, 3),
            outcome=Outcome.GRANTED,
            due_day=chance.randint(1, 9),
        )
        if story.case().tip != act and chance.random() < 0.9:
            story.moves.pop()
    return story


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_a_case_followed_move_by_move_is_the_case_folded_of_all(seed: int, order: int) -> None:
    story, shuffle = likely_story(seed), random.Random(order)
    moves = story.moves if shuffle.random() < 0.7 else shuffle.sample(story.moves, k=len(story.moves))
    for number, move in enumerate(moves[1:], start=1):
        followed = follow(fold(story.case_id, story.home, moves[:number]), move)
        event("followed" if followed else "folded anew")
        assert followed in (None, fold(story.case_id, story.home, moves[: number + 1]))


def test_what_follows_simply_need_not_be_folded_anew() -> None:
    story = Story()
    story.decided_at_township()
    case = fold(story.case_id, story.home, story.moves[:1])
    for move in story.moves[1:]:
        followed = follow(case, move)
        assert followed is not None
        case = followed
    assert case == story.case()


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**64))
def test_each_prefix_of_what_happened_makes_the_same_case_in_any_order(seed: int) -> None:
    story = any_story(seed)
    shuffle = random.Random(seed)
    for length in range(1, len(story.moves) + 1):
        prefix = story.moves[:length]
        mixed = shuffle.sample(prefix, k=length)
        assert fold(story.case_id, story.home, mixed) == fold(story.case_id, story.home, prefix)
