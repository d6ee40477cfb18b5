"""`why`: how each date of a patient came about, step by step."""

from __future__ import annotations

from caretool import explain, options, schedule
from caretool.app import Session
from caretool.output import Block, Result
from caretool.protocols import load_protocols
from caretool.store import facts, patients
from caretool.workdays import load_calendar


def run(session: Session, patient: options.PatientArgument) -> Result:
    """Explain a patient's dates: the fact, the rule, each shift, the result, what changes it.

    caretool why P42
    """
    protocols = load_protocols()
    today, mask = session.today, session.mask
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        card = patients.card(care_file, patient_id)
        known = facts.patient(care_file, patient_id, protocols, today)
    plan = schedule.plan(known, protocols, load_calendar(protocols.calendar), today)
    shown = card.name.initials if mask else card.name.listed
    head = f"{card.id} {shown} · {plan.standing.words} · {plan.standing.tier} tier"
    blocks = [Block(lines=(head,))]
    blocks += [
        Block(
            title=explain.reason(item, today, mask=mask),
            pairs=tuple(explain.trace_steps(item, today)),
            name=item.rule.kind,
        )
        for item in plan.items
    ]
    if not plan.items:
        blocks.append(Block(lines=(f"Nothing is due. {explain.absence(plan.standing, today)}",)))
    return Result(
        data={
            "patient": card.id,
            "name": shown,
            "status": plan.standing.status,
            "tier": plan.standing.tier,
            "held_since": plan.standing.held_since,
            "not_due_because": None if plan.items else explain.absence(plan.standing, today),
            "rules": protocols.version,
            "items": [
                {
                    **explain.item_record(item, today, mask=mask),
                    "anchor": item.trace.anchor,
                    "fact": item.trace.fact_id or None,
                    "source": item.rule.source,
                    "trace": [
                        {"step": step, "text": text}
                        for step, text in explain.trace_steps(item, today)
                    ],
                }
                for item in plan.items
            ],
        },
        blocks=tuple(blocks),
    )
