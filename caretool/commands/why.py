"""`why`: how each date of a patient came about, step by step."""

from __future__ import annotations

from caretool import explain, options, planning
from caretool.app import Session
from caretool.model import TIERED
from caretool.output import Block, Result
from caretool.protocols import load_protocols
from caretool.store import patients


def run(session: Session, patient: options.PatientArgument) -> Result:
    """Explain a patient's dates: the fact, the rule, each shift, the result, what changes it.

    caretool why P42
    """
    today, mask = session.today, session.mask
    with session.reading() as care_file:
        patient_id = patients.resolve(care_file, patient, with_names=session.terminal)
        card = patients.card(care_file, patient_id)
        plan = planning.of_patient(care_file, patient_id, today)
    shown = card.name.initials if mask else card.name.listed
    tier = f" · {plan.standing.tier} tier" if plan.standing.status in TIERED else ""
    head = f"{card.id} {shown} · {plan.standing.words}{tier}"
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
            "tier": plan.standing.tier if plan.standing.status in TIERED else None,
            "held_since": plan.standing.held_since,
            "not_due_because": None if plan.items else explain.absence(plan.standing, today),
            "rules": load_protocols().version,
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
