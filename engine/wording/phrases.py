"""The connecting phrases of one language, each a template with named places."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """All phrases; a language is complete when it has every one, with the same places."""

    # values
    yes: str
    no: str
    none: str
    nothing: str
    moment: str
    now: str
    today: str
    business_day: str
    business_days: str

    # nouns
    the: str
    owned: str
    it: str
    role: str
    day_that_counts: str
    amount_asked: str
    number_of: str
    earlier_decisions: str
    number_counted: str
    total_of: str
    smallest_of: str
    largest_of: str
    plus: str
    minus: str
    times: str
    divided: str
    remainder: str
    after: str
    rounded: str
    length: str

    # states
    equals: str
    differs: str
    titled: str
    titled_not: str
    instead: str
    includes: str
    lacks: str
    mentions: str
    mentions_not: str
    missing_value: str

    # limits: what is needed, and the sentence that says so
    at_most: str
    less_than: str
    at_least: str
    more_than: str
    until: str
    before: str
    since: str
    later_than: str
    anything_but: str
    limit_at_most: str
    limit_less_than: str
    limit_at_least: str
    limit_more_than: str
    limit_when: str
    limit_nothing: str
    limit_named: str

    # when things happened
    ago: str
    ahead: str
    on: str
    happened: str
    lies: str
    noun_happened: str

    # several
    there_is_no: str
    there_are_none: str
    there_is: str
    there_is_one: str
    for_every: str
    item: str
    item_called: str
    in_item: str
    more_items: str
    both: str
    any_would_do: str
    some_needed: str
    needed_of: str

    # what is not so, and what is not known
    not_so: str
    needs: str
    here: str
    not_known: str
    titled_not_known: str
    cannot_tell: str
    switched_off: str
    with_limit: str
    standalone: str

    # what was seen of the customer
    signal_seen: str
    signal_unseen: str
    signal_so_far: str
    signal_count: str
    signal_since: str
    signal_last: str
    signal_about: str
    signal_events: str
    signals_seen: str
    signal_made_by: str
    is_it_so: str
    how_often_so: str
    since_when_so: str
    when_last_so: str
    what_about_so: str

    # causes of a no
    above_rung: str
    not_granted: str
    may_grant: str
    above_authority: str
    authority_title: str
    budget_title: str
    budget_agent: str
    budget_team: str
    budget_used: str
    budget_left: str
    budget_anew: str
    budget_nobody: str
    budget_no_team: str
    granted_agent: str
    granted_team: str
    this_week: str
    this_month: str
    no_role: str
    nothing_allows: str
    may_go_higher: str
    cap_limit: str
    allow_limit: str

    # for the customer
    can_do: str
    can_do_amount: str
    cannot_do: str
    cannot_ever: str
    counter: str
    counter_asked: str
    hand_over: str
    hand_over_rung: str
    now_and_rest: str
    look_into: str
    look_up: str
    to_answer: str
    what_is: str
    possible_from: str
    instead_offer: str
    first_offer: str
    term: str
    offer_stands: str

    # for all three, of a promise that is kept
    honours_customer: str
    honours_agent: str
    honours_auditor: str

    # for the agent
    heads_approve: str
    heads_counter: str
    heads_decline: str
    heads_final: str
    heads_escalate: str
    heads_desk: str
    heads_undecided: str
    heads_ask: str
    grant_now: str
    why_not: str
    cause: str
    waivable: str
    first_do: str
    verify: str
    confirm: str
    offer_first: str
    ask_for: str
    decisive: str
    instead_of_it: str
    mutual: str
    needs_inputs: str
    say: str
    tell_customer: str
    passed_on: str
    passed_on_by: str
    promised: str
    without_limit: str

    # for the auditor
    decided: str
    on_release: str
    counted: str
    reasons: str
    may_decide: str
    rules_applied: str
    rule_applied: str
    rule_source: str
    rule_because: str
    rule_owner: str
    rules_failed: str
    condition: str
    status_failed: str
    status_unknown: str
    status_held: str
    expression: str
    seen_needed: str
    offer: str
    outputs: str
    economics: str
    waived: str
    assumed: str
    values_read: str
    personal: str
    unknown: str
    requirements: str
    met: str
    unmet: str
    promises: str
