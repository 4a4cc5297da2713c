"""Whatever comes to a node's gRPC door: an answer in plain words, never its insides."""

from __future__ import annotations

import os
import random
import re
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from sync.errors import Malformed
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.rpc import server
from sync.rpc.errors import CODE_TRAILER
from sync.rpc.server import MAX_MESSAGE_BYTES
from sync.rpc.v1 import (
    case_service_pb2,
    catalogue_service_pb2,
    journal_service_pb2,
    node_service_pb2,
    post_service_pb2,
    register_service_pb2,
    supervision_service_pb2,
)
from sync.rpc.v1 import case_service_pb2 as pb
from tests.doors.conftest import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = (
    case_service_pb2,
    catalogue_service_pb2,
    journal_service_pb2,
    node_service_pb2,
    post_service_pb2,
    register_service_pb2,
    supervision_service_pb2,
)
SERVICES = {name: each for file in FILES for name, each in file.DESCRIPTOR.services_by_name.items()}
METHODS = [method for service in SERVICES.values() for method in service.methods]
ANSWERED_ONCE = [method for method in METHODS if not method.server_streaming]
INSIDES = re.compile(r"Traceback|google|protobuf|sqlite|\.py\b|Error\b|Exception|0x[0-9a-f]{6}", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
StatusCode = grpc.StatusCode


def path(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def code_of(error: grpc.aio.AioRpcError) -> str:
    """The machine code in the trailer."""
    return str(dict(error.trailing_metadata() or ()).get(CODE_TRAILER, ""))


def assert_plain(error: grpc.aio.AioRpcError) -> None:
    assert error.code() not in (StatusCode.UNKNOWN, StatusCode.INTERNAL), error.details()
    assert not INSIDES.search(error.details() or ""), error.details()


def filing(item: str = "", **more: Any) -> pb.FileCaseRequest:
    values: dict[str, Any] = {"request_id": os.urandom(16), "applicant": bodies_pb2.Applicant(name="样例村民甲")}
    return pb.FileCaseRequest(item_code=item, **values | more)


@pytest_asyncio.fixture(loop_scope="module")
async def item(door: Door) -> str:
    request = catalogue_service_pb2.ListItemsRequest(page_size=1)
    return str((await door.client.catalogue.ListItems(request)).items[0].code)


async def filed(door: Door, item: str, **more: Any) -> pb.Case:
    case: pb.Case = (await door.client.cases.FileCase(filing(item, **more))).case
    return case


# Not what it should be.


async def test_every_service_of_the_protos_is_looked_at() -> None:
    assert sorted(SERVICES) == [
        "CaseService",
        "CatalogueService",
        "JournalService",
        "NodeService",
        "PostService",
        "RegisterService",
        "SupervisionService",
    ]
    assert len(METHODS) == 33


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff", b"\x0a\x7fshort", b"\x0a\x02\xff\xff\x08" + b"\xff" * 10])
@pytest.mark.parametrize("method", METHODS, ids=path)
async def test_bytes_that_are_no_message_are_refused_in_plain_words(
    door: Door, method: MethodDescriptor, garbage: bytes
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await door.call(path(method), garbage)
    assert raised.value.code() is StatusCode.INVALID_ARGUMENT
    assert_plain(raised.value)
    assert CHINESE.search(raised.value.details() or "")


async def test_what_people_ask_is_understood_wholly_or_refused(door: Door, item: str) -> None:
    """A field that had been damaged was dropped, and the case filed without it."""
    for field in (b"\x9a\x01\x02hi", b"\x12\x05\x9a\x01\x02hi"):  # In the request; in the actor.
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await door.call("/sync.rpc.v1.CaseService/FileCase", filing(item).SerializeToString() + field)
        assert (raised.value.code(), "不认识" in (raised.value.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


async def test_a_neighbour_of_a_newer_version_may_say_more(door: Door) -> None:
    parcel = journal_pb2.Parcel(version=1, sender=0, receiver=510524000000)
    request = journal_service_pb2.ExchangeRequest(parcel=parcel).SerializeToString() + b"\x9a\x01\x02hi"
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await door.call("/sync.rpc.v1.JournalService/Exchange", request)
    assert raised.value.code() is StatusCode.PERMISSION_DENIED, "it was read"


def hostile(kind: type[Message], chance: random.Random, *, depth: int = 0) -> Message:
    """A message of the right form with values no honest caller sends."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        if depth > 3 or chance.random() < 0.25:
            continue
        values = [_hostile_value(field, chance, depth=depth) for _ in range(chance.choice([1, 1, 3]))]
        if field.is_repeated:
            getattr(message, field.name).extend(values)
        elif field.type == field.TYPE_MESSAGE:
            getattr(message, field.name).CopyFrom(values[0])
        else:
            setattr(message, field.name, values[0])
    return message


def _hostile_value(field: Any, chance: random.Random, *, depth: int) -> Any:
    if field.type == field.TYPE_MESSAGE:
        return hostile(GetMessageClass(field.message_type), chance, depth=depth + 1)
    limits: dict[int, list[Any]] = {
        field.CPPTYPE_UINT64: [0, 1, (1 << 64) - 1, 1 << 63, 510524000000, 510524100000],
        field.CPPTYPE_INT64: [-(1 << 63), -1, (1 << 63) - 1, 1 << 53],
        field.CPPTYPE_UINT32: [0, 1, 200, (1 << 32) - 1],
        field.CPPTYPE_INT32: [-(1 << 31), -1, (1 << 31) - 1],
        field.CPPTYPE_ENUM: [0, 1, 2, 77, (1 << 31) - 1],
        field.CPPTYPE_BOOL: [False, True],
    }
    if field.cpp_type in limits:
        return chance.choice(limits[field.cpp_type])
    if field.type == field.TYPE_BYTES:
        return chance.choice([b"", bytes(16), bytes(32), b"\xff" * 16, chance.randbytes(32), bytes(100_000)])
    nothing = ["", "\x00", "'; DROP TABLE cases; --", "%", "\u202e", "𝕏" * 50, "x" * 5000, "0" * 64, "g" * 64]
    return chance.choice([*nothing, "510524000000-20261124-000001", "-1", "٣", "9" * 18, "JS01", "file", "take_in"])


@pytest.mark.parametrize("method", ANSWERED_ONCE, ids=path)
async def test_values_no_honest_caller_sends_never_open_the_insides(door: Door, method: MethodDescriptor) -> None:
    chance, kind = random.Random(method.full_name), GetMessageClass(method.input_type)
    statuses = set[Any]()
    for _ in range(150):
        message = hostile(kind, chance)
        try:
            await door.call(path(method), message.SerializeToString())
            statuses.add(StatusCode.OK)
        except grpc.aio.AioRpcError as error:
            assert_plain(error)
            statuses.add(error.code())
    assert statuses <= {
        StatusCode.OK,
        StatusCode.INVALID_ARGUMENT,
        StatusCode.NOT_FOUND,
        StatusCode.FAILED_PRECONDITION,
        StatusCode.PERMISSION_DENIED,
        StatusCode.ALREADY_EXISTS,
    }


async def test_a_message_over_the_bound_is_refused(door: Door) -> None:
    request = filing(applicant=bodies_pb2.Applicant(note="x" * (MAX_MESSAGE_BYTES + 1)))
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await door.call("/sync.rpc.v1.CaseService/FileCase", request.SerializeToString())
    assert raised.value.code() is StatusCode.RESOURCE_EXHAUSTED
    assert_plain(raised.value)
    with pytest.raises(Malformed, match="超过上限"):  # Trying again would not help.
        await door.client.ask(door.client.cases.FileCase, request)


async def test_whoever_calls_and_says_nothing_is_hung_up_on(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEARD_WITHIN_S", 0.1)
    ask: Any = door.channel.stream_unary(path(ANSWERED_ONCE[0]))
    call = ask(timeout=10)
    assert await call.code() is StatusCode.UNAVAILABLE
    assert CHINESE.search(await call.details())


async def test_a_call_that_ends_before_its_message_is_the_callers_mistake(door: Door) -> None:
    ask: Any = door.channel.stream_unary(path(ANSWERED_ONCE[0]))
    call = ask(timeout=10)
    await call.done_writing()
    assert await call.code() is StatusCode.INVALID_ARGUMENT
    assert CHINESE.search(await call.details())


async def test_a_method_that_is_not_there_says_so(door: Door) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await door.call("/sync.rpc.v1.CaseService/Erase", b"")
    assert raised.value.code() is StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("at_ms", [-1, -(1 << 63), 1 << 53, (1 << 63) - 1])
async def test_a_date_that_no_neighbour_would_take_in_is_not_written_down(door: Door, item: str, at_ms: int) -> None:
    request = filing(item, happened_at_ms=at_ms, paper_page="第3册12页")
    error = await door.refused(door.client.cases.FileCase, request)
    assert (error.code(), "日期" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


# Pages.


@pytest.mark.parametrize("size", [201, 100_000, (1 << 32) - 1])
async def test_a_page_has_a_bound(door: Door, size: int) -> None:
    for method, request in (
        (door.client.cases.ListCases, pb.ListCasesRequest(page_size=size)),
        (door.client.catalogue.ListItems, catalogue_service_pb2.ListItemsRequest(page_size=size)),
        (door.client.catalogue.ListDelegations, catalogue_service_pb2.ListDelegationsRequest(page_size=size)),
        (door.client.supervision.ListClocks, supervision_service_pb2.ListClocksRequest(page_size=size)),
        (door.client.supervision.SearchCases, supervision_service_pb2.SearchCasesRequest(page_size=size)),
        (door.client.supervision.ListFindings, supervision_service_pb2.ListFindingsRequest(page_size=size)),
        (door.client.supervision.ListReplies, supervision_service_pb2.ListRepliesRequest(page_size=size)),
        (
            door.client.registers.ListEntries,
            register_service_pb2.ListEntriesRequest(register="REGISTER_CONTACTS", page_size=size),
        ),
    ):
        error = await door.refused(method, request)
        assert (error.code(), "200" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


@pytest.mark.parametrize("token", ["x", "-1", "1.5", "٣", " 1", "1" * 19, "1;"])
async def test_a_page_token_that_no_answer_gave_is_refused(door: Door, token: str) -> None:
    error = await door.refused(door.client.cases.ListCases, pb.ListCasesRequest(page_token=token))
    assert error.code() is StatusCode.INVALID_ARGUMENT
    assert "page_token" in (error.details() or "")


async def test_pages_give_everything_once_and_in_order(door: Door, item: str) -> None:
    for _ in range(5):
        await filed(door, item)
    whole = (await door.client.cases.ListCases(pb.ListCasesRequest(page_size=200))).cases
    by_pages: list[str] = []
    token = ""
    while True:
        answer = await door.client.cases.ListCases(pb.ListCasesRequest(page_size=2, page_token=token))
        assert len(answer.cases) <= 2
        by_pages += [case.number for case in answer.cases]
        token = answer.next_page_token
        if not token:
            break
    assert by_pages == [case.number for case in whole]
    assert len(set(by_pages)) == len(by_pages) >= 5


async def test_pages_of_items_give_all_of_them_once(door: Door) -> None:
    found, token = list[str](), ""
    while True:
        request = catalogue_service_pb2.ListItemsRequest(page_size=10, page_token=token)
        answer = await door.client.catalogue.ListItems(request)
        found += [each.code for each in answer.items]
        token = answer.next_page_token
        if not token:
            break
    assert len(found) == len(set(found)) == 53


# What the rules say.


async def test_nobody_acts_in_the_name_of_another_place(door: Door, item: str) -> None:
    actor = fact_pb2.Actor(place=510524100000)
    error = await door.refused(door.client.cases.FileCase, filing(item, actor=actor))
    assert (error.code(), "510524100000" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


@pytest.mark.parametrize("named", ["510524000000-20261124-999999", "0" * 64])
async def test_a_case_that_is_not_here_is_not_found(door: Door, named: str) -> None:
    for method, request in (
        (door.client.cases.GetCase, pb.GetCaseRequest(case=named)),
        (door.client.cases.Act, pb.ActRequest(request_id=os.urandom(16), case=named, act="accept")),
    ):
        error = await door.refused(method, request)
        assert (error.code(), code_of(error)) == (StatusCode.NOT_FOUND, "CASE_UNKNOWN")
        assert CHINESE.search(error.details() or "")


@pytest.mark.parametrize("named", ["", "x", "510524000000-20261399-000001", "g" * 64])
async def test_a_name_no_case_can_have_is_the_callers_mistake(door: Door, named: str) -> None:
    error = await door.refused(door.client.cases.GetCase, pb.GetCaseRequest(case=named))
    assert error.code() is StatusCode.INVALID_ARGUMENT
    assert CHINESE.search(error.details() or "")


async def test_a_repeated_call_is_done_once(door: Door, item: str) -> None:
    request = filing(item)
    first, again = [(await door.client.cases.FileCase(request)).case for _ in range(2)]
    assert (again.case_id, again.number) == (first.case_id, first.number)
    facts = (await door.client.cases.GetCase(pb.GetCaseRequest(case=first.number))).facts
    assert [each.fact_id for each in facts] == [first.case_id]


async def test_a_request_id_used_for_something_else_is_refused(door: Door, item: str) -> None:
    request = filing(item)
    await door.client.cases.FileCase(request)
    request.applicant.name = "样例村民乙"
    error = await door.refused(door.client.cases.FileCase, request)
    assert (error.code(), code_of(error)) == (StatusCode.ALREADY_EXISTS, "REQUEST_REUSED")


@pytest.mark.parametrize("size", [0, 15, 17])
async def test_a_request_id_has_sixteen_bytes(door: Door, item: str, size: int) -> None:
    error = await door.refused(door.client.cases.FileCase, filing(item, request_id=bytes(size)))
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_what_the_rules_refuse_has_a_code_and_says_why_in_chinese(door: Door, item: str) -> None:
    case = await filed(door, item)
    request = pb.ActRequest(request_id=os.urandom(16), case=case.number, act="deliver")
    error = await door.refused(door.client.cases.Act, request)
    assert (error.code(), code_of(error)) == (StatusCode.FAILED_PRECONDITION, "ACT_NOT_ALLOWED_IN_STAGE")
    assert "现在可以办的是" in (error.details() or "")
    unknown = await door.refused(door.client.cases.FileCase, filing("NONE"))
    assert (unknown.code(), code_of(unknown)) == (StatusCode.FAILED_PRECONDITION, "ITEM_UNKNOWN")


async def test_every_fault_of_a_release_is_told_however_many_there_are(door: Door) -> None:
    release = bodies_pb2.CatalogueReleased(title="错误很多的一版")
    for number in range(150):
        item = bodies_pb2.ServiceItem(code=f"XX{number:03}", version=1)
        release.changes.add(kind=bodies_pb2.CHANGE_KIND_AMEND, item=item)
    request = catalogue_service_pb2.PublishReleaseRequest(request_id=os.urandom(16), release=release)
    error = await door.refused(door.client.catalogue.PublishRelease, request)
    assert error.code() in (StatusCode.FAILED_PRECONDITION, StatusCode.INVALID_ARGUMENT), error.details()
    assert [n for n in range(150) if f"XX{n:03}" not in (error.details() or "")] == []


@pytest.mark.parametrize("sender", [510524100201, 510525100000, 510524000000, 0, 123])
async def test_only_those_directly_below_exchange_journals(door: Door, sender: int) -> None:
    parcel = journal_pb2.Parcel(version=1, sender=sender, receiver=510524000000)
    request = journal_service_pb2.ExchangeRequest(parcel=parcel)
    error = await door.refused(door.client.journals.Exchange, request)
    assert (error.code(), code_of(error)) == (StatusCode.PERMISSION_DENIED, "NOT_A_NEIGHBOUR")


async def test_only_a_key_of_the_root_keys_hand_is_introduced(door: Door) -> None:
    certificate = bodies_pb2.KeyCertificate(place=510524100000, key=bytes(32), signature=bytes(64))
    request = node_service_pb2.IntroduceKeyRequest(certificate=certificate)
    error = await door.refused(door.client.node.IntroduceKey, request)
    assert (error.code(), code_of(error)) == (StatusCode.FAILED_PRECONDITION, "NOT_CERTIFIED")


# For those who look after it.


NAMES = ["", *(each.full_name for each in SERVICES.values())]


@pytest.mark.parametrize("name", NAMES)
async def test_health_says_that_it_serves(door: Door, name: str) -> None:
    request = health_pb2.HealthCheckRequest(service=name).SerializeToString()
    answer = await door.call("/grpc.health.v1.Health/Check", request)
    assert health_pb2.HealthCheckResponse.FromString(answer).status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_lists_the_services(door: Door) -> None:
    method: Any = door.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    call = method(timeout=10)
    await call.write(reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString())
    answer = reflection_pb2.ServerReflectionResponse.FromString(await call.read())
    call.cancel()
    listed = {each.name for each in answer.list_services_response.service}
    assert listed >= {each.full_name for each in SERVICES.values()}
