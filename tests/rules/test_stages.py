"""Every row of the table of stages, acts and who may do them."""

from __future__ import annotations

import pytest

from sync.cases.fold import NotAllowed
from sync.cases.stages import OF_BRANCHES, SAME, TRANSITIONS, Act, Row, Stage, Who, stage_after, stage_diagram, target
from sync.catalogue.items import Branch
from sync.errors import Refused
from tests.rules.stories import COUNTY, NEXT_VILLAGE, TOWNSHIP, VILLAGE, Story


def brought_to(stage: Stage) -> Story:
    """A village's case at a stage, held by its township (in transit: offered to the county), or a branch of one."""
    if stage in OF_BRANCHES:
        return asked_at_the_township(stage)
    story = Story()
    story.goes_up()
    steps = {
        Stage.RECEIVED: (),
        Stage.IN_TRANSIT: (Act.HAND_OVER,),
        Stage.EXAMINING: (Act.ACCEPT,),
        Stage.REVIEWING: (Act.ACCEPT, Act.STAGE_DONE),
        Stage.SUSPENDED: (Act.ACCEPT, Act.STAGE_DONE, Act.BEGIN_SPECIAL),
        Stage.DECIDED: (Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE),
        Stage.CLOSED: (Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE),
        Stage.DELIVERED: (Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE, Act.DELIVER),
        Stage.REFUSED: (Act.REFUSE,),
        Stage.AWAITING_SUPPLEMENT: (Act.ASK_ONCE,),
        Stage.LAPSED: (Act.ASK_ONCE, Act.LAPSE),
        Stage.WITHDRAWN: (Act.WITHDRAW,),
    }
    for act in steps[stage]:
        story.does(act, TOWNSHIP, to_place=COUNTY)
    assert story.case().stage is stage
    return story


def asked_at_the_township(stage: Stage) -> Story:
    """The township is asked as a whole."""
    story = Story(filed_at=TOWNSHIP)
    story.moves[0] = story.moves[0]._replace(branch=Branch("ZZ", "", 5))
    if stage is Stage.OPINED:
        story.does(Act.GIVE_OPINION, TOWNSHIP)
    assert story.case().stage is stage
    return story


# For a case the township holds and, in transit, offers to the county.
MAY = {
    Who.CUSTODIAN: TOWNSHIP,
    Who.OFFERED: COUNTY,
    Who.ABOVE_CUSTODIAN: COUNTY,
    Who.ON_THE_WAY_BACK: VILLAGE,
    Who.LEAD: TOWNSHIP,
}
MAY_NOT = {
    Who.CUSTODIAN: (VILLAGE, NotAllowed.NOT_CUSTODIAN),
    Who.OFFERED: (TOWNSHIP, NotAllowed.NOT_OFFERED),
    Who.ABOVE_CUSTODIAN: (TOWNSHIP, NotAllowed.NOT_ABOVE),
    Who.ON_THE_WAY_BACK: (NEXT_VILLAGE, NotAllowed.NOT_ON_THE_WAY),
    Who.LEAD: (COUNTY, NotAllowed.NOT_LEAD),
}


def name(row: Row) -> str:
    return f"{row.stage.value}-{row.act.value}"


@pytest.mark.parametrize("row", TRANSITIONS, ids=name)
def test_the_one_who_may_moves_the_case_as_the_table_says(row: Row) -> None:
    story = brought_to(row.stage)
    before = story.case()
    act = story.does(row.act, MAY[row.who], to_place=COUNTY)
    after = story.case()
    assert after.tip == act
    assert after.stage is target(row, resume=before.resume)
    assert after.resume is (row.resume if row.to is not SAME else before.resume)


@pytest.mark.parametrize("row", TRANSITIONS, ids=name)
def test_anybody_else_is_shown_beside_the_case(row: Row) -> None:
    story = brought_to(row.stage)
    before = story.case()
    place, reason = MAY_NOT[row.who]
    act = story.does(row.act, place, to_place=COUNTY)
    assert story.case().tip == before.tip
    assert story.case().not_allowed == {act: reason}


CLOSED_DOORS = [
    (stage, act) for stage in Stage for act in Act if (stage, act) not in {(row.stage, row.act) for row in TRANSITIONS}
]


@pytest.mark.parametrize(("stage", "act"), CLOSED_DOORS)
def test_what_is_not_in_the_table_moves_nothing(stage: Stage, act: Act) -> None:
    story = brought_to(stage)
    tip = story.case().tip
    move = story.does(act, TOWNSHIP, to_place=COUNTY)
    assert story.case().tip == tip
    assert story.case().not_allowed == {move: NotAllowed.NO_SUCH_ACT}


def test_a_case_in_transit_is_resumed_where_it_was() -> None:
    assert stage_after(Stage.IN_TRANSIT, Act.TAKE_IN, resume=Stage.EXAMINING) is Stage.EXAMINING
    assert stage_after(Stage.RECEIVED, Act.ACCEPT) is Stage.EXAMINING


def test_the_clerk_is_told_what_can_be_done_instead() -> None:
    with pytest.raises(Refused, match="本件现处于“办结”，不能办理“决定”。现在可以办的是：送达。") as said:
        stage_after(Stage.CLOSED, Act.DECIDE)
    assert said.value.code == "ACT_NOT_ALLOWED_IN_STAGE"


def test_the_diagram_shows_every_row() -> None:
    diagram = stage_diagram()
    assert diagram.startswith("stateDiagram-v2\n")
    for row in TRANSITIONS:
        assert f"    {row.stage.value} --> " in diagram
        assert f": {row.act.label}（{row.who.value}）" in diagram
    assert "IN_TRANSIT --> EXAMINING: 接收（被报送单位）" in diagram
    assert all(f'state "{stage.label}" as {stage.value}' in diagram for stage in Stage)
