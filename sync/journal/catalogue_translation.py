"""Releases and calendars as the rules see them, and as facts."""

from __future__ import annotations

from sync.cases.workdays import Calendar, day_numbered, number_of
from sync.catalogue import items
from sync.catalogue.release import ItemChange, Release
from sync.facts.v1 import bodies_pb2 as pb


def release_of(message: pb.CatalogueReleased) -> Release:
    """Raises ValueError for a number of an enum this version does not know."""
    return Release(
        number=message.number,
        title=message.title,
        departments=tuple(items.Department(each.code, each.name) for each in message.departments),
        changes=tuple(
            ItemChange(items.ChangeKind(each.kind), each.reason, item_of(each.item)) for each in message.changes
        ),
        delegations=tuple(_delegation_of(each) for each in message.delegations),
        recalls=tuple(
            items.DelegationRecall(
                each.delegation, frozenset(each.townships), frozenset(map(items.Power, each.powers)), each.reason
            )
            for each in message.recalls
        ),
    )


def item_of(message: pb.ServiceItem) -> items.ServiceItem:
    return items.ServiceItem(
        code=message.code,
        version=message.version,
        name=message.name,
        category=message.category,
        department=message.department,
        case_kind=items.CaseKind(message.case_kind),
        legal_limit=items.Limit(message.legal_limit.number, items.LimitUnit(message.legal_limit.unit)),
        promised_days=message.promised_days,
        stages=tuple(
            items.ItemStage(items.StageName(s.stage), items.Level(s.level), s.owner, s.limit_days)
            for s in message.stages
        ),
        materials=tuple(items.Material(m.name, m.originals, m.copies, m.issued_by) for m in message.materials),
        fee_basis=message.fee_basis,
        special_procedures=tuple(
            items.SpecialProcedure(p.name, p.limit_days, p.legal_basis, items.Level(p.level), p.within_legal_limit)
            for p in message.special_procedures
        ),
        decided_at=items.Level(message.decided_at),
        village_mode=items.VillageMode(message.village_mode),
        legal_basis=message.legal_basis,
        valid_from_day=day_numbered(message.valid_from_day) if message.valid_from_day else None,
        valid_to_day=day_numbered(message.valid_to_day) if message.valid_to_day else None,
        branches=tuple(map(branch_of, message.branches)),
    )


def branch_of(message: pb.Branch) -> items.Branch:
    return items.Branch(message.department, message.unit, message.limit_days, message.silence_is_consent)


def branch_message(branch: items.Branch) -> pb.Branch:
    return pb.Branch(
        department=branch.department,
        unit=branch.unit,
        limit_days=branch.limit_days,
        silence_is_consent=branch.silence_is_consent,
    )


def _delegation_of(message: pb.Delegation) -> items.Delegation:
    return items.Delegation(
        number=message.number,
        item_code=message.item_code,
        townships=frozenset(message.townships),
        powers=frozenset(map(items.Power, message.powers)),
        from_day=day_numbered(message.from_day) if message.from_day else None,
        to_day=day_numbered(message.to_day) if message.to_day else None,
    )


def release_message(release: Release) -> pb.CatalogueReleased:
    return pb.CatalogueReleased(
        number=release.number,
        title=release.title,
        departments=[pb.Department(code=each.code, name=each.name) for each in release.departments],
        changes=[
            pb.ItemChange(kind=each.kind, reason=each.reason, item=item_message(each.item))  # type: ignore[arg-type]
            for each in release.changes
        ],
        delegations=[delegation_message(each) for each in release.delegations],
        recalls=[recall_message(each) for each in release.recalls],
    )


def item_message(item: items.ServiceItem) -> pb.ServiceItem:
    message = pb.ServiceItem(
        code=item.code,
        version=item.version,
        name=item.name,
        category=item.category,
        department=item.department,
        promised_days=item.promised_days,
        fee_basis=item.fee_basis,
        legal_basis=item.legal_basis,
        valid_from_day=number_of(item.valid_from_day),
        valid_to_day=number_of(item.valid_to_day),
        case_kind=item.case_kind,  # type: ignore[arg-type]
        decided_at=item.decided_at,  # type: ignore[arg-type]
        village_mode=item.village_mode,  # type: ignore[arg-type]
        legal_limit=pb.Limit(number=item.legal_limit.number, unit=item.legal_limit.unit),  # type: ignore[arg-type]
    )
    for stage in item.stages:
        message.stages.add(
            stage=stage.stage,
            level=stage.level,
            owner=stage.owner,
            limit_days=stage.limit_days,
        )
    for each in item.materials:
        message.materials.add(name=each.name, originals=each.originals, copies=each.copies, issued_by=each.issued_by)
    for procedure in item.special_procedures:
        message.special_procedures.add(
            name=procedure.name,
            limit_days=procedure.limit_days,
            legal_basis=procedure.legal_basis,
            level=procedure.level,
            within_legal_limit=procedure.within_legal_limit,
        )
    message.branches.extend(map(branch_message, item.branches))
    return message


def delegation_message(delegation: items.Delegation) -> pb.Delegation:
    return pb.Delegation(
        number=delegation.number,
        item_code=delegation.item_code,
        townships=sorted(delegation.townships),
        powers=sorted(delegation.powers),  # type: ignore[arg-type]
        from_day=number_of(delegation.from_day),
        to_day=number_of(delegation.to_day),
    )


def recall_message(recall: items.DelegationRecall) -> pb.DelegationRecall:
    return pb.DelegationRecall(
        delegation=recall.delegation,
        townships=sorted(recall.townships),
        powers=sorted(recall.powers),  # type: ignore[arg-type]
        reason=recall.reason,
    )


def calendar_of(message: pb.CalendarPublished) -> Calendar:
    return Calendar(
        number=message.number,
        first_day=day_numbered(message.first_day),
        last_day=day_numbered(message.last_day),
        rest_weekdays=frozenset(map(day_numbered, message.rest_weekdays)),
        working_weekend_days=frozenset(map(day_numbered, message.working_weekend_days)),
    )


def calendar_message(calendar: Calendar, *, source: str) -> pb.CalendarPublished:
    return pb.CalendarPublished(
        number=calendar.number,
        first_day=number_of(calendar.first_day),
        last_day=number_of(calendar.last_day),
        rest_weekdays=sorted(map(number_of, calendar.rest_weekdays)),
        working_weekend_days=sorted(map(number_of, calendar.working_weekend_days)),
        source=source,
    )
