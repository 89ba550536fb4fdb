"""German phrases and grammar."""

from __future__ import annotations

from typing import Final

from engine.wording.language import Language
from engine.wording.phrases import Phrases

PHRASES: Final = Phrases(
    yes="ja",
    no="nein",
    none="keine Angabe",
    nothing="nichts",
    moment="{date} um {time} Uhr",
    now="jetzt",
    today="heute",
    business_day="{count} Werktag",
    business_days="{count} Werktage",
    the="„{name}“",
    owned="„{name}“ ({owner})",
    it="der Wert",
    role="die eigene Rolle",
    day_that_counts="der maßgebliche Tag",
    amount_asked="der gewünschte Betrag",
    earlier_decisions="frühere Entscheidungen",
    number_of="die Anzahl von „{items}“",
    number_counted="die gezählte Anzahl von „{items}“",
    total_of="die Summe „{name}“ von „{items}“",
    smallest_of="der kleinste Wert von {items}",
    largest_of="der größte Wert von {items}",
    plus="{left} plus {right}",
    minus="{left} minus {right}",
    times="{left} mal {right}",
    divided="{left} geteilt durch {right}",
    remainder="der Rest von {left} geteilt durch {right}",
    after="{moment} plus {count}",
    rounded="{left}, gerundet auf {right}",
    length="die Länge von {noun}",
    equals="{noun} ist {value}",
    differs="{noun} ist nicht {value}",
    titled="{title}: {value}",
    titled_not="{title}: nicht {value}",
    instead="{seen}, nicht {needed}",
    includes="{value} steht unter {noun}",
    lacks="{value} steht nicht unter {noun}",
    mentions="{noun} passt zu „{value}“",
    mentions_not="{noun} passt nicht zu „{value}“",
    missing_value="für {noun} gibt es keinen Wert",
    at_most="höchstens {limit}",
    less_than="weniger als {limit}",
    at_least="mindestens {limit}",
    more_than="mehr als {limit}",
    until="spätestens {limit}",
    before="vor {limit}",
    since="frühestens {limit}",
    later_than="nach {limit}",
    anything_but="nicht {limit}",
    limit_at_most="die Grenze ist {limit}",
    limit_less_than="nötig sind weniger als {limit}",
    limit_at_least="nötig sind mindestens {limit}",
    limit_more_than="nötig sind mehr als {limit}",
    limit_when="nötig ist: {needed}",
    limit_nothing="nötig ist {limit}",
    limit_named="{limit} ({noun})",
    ago="{span} her",
    ahead="noch {span}",
    on="{date}",
    happened="{event}: {when}",
    lies="{noun}: {when}",
    noun_happened="{noun}: {when}",
    there_is_no="bei „{item}“ gilt nirgends: {clause}",
    there_are_none="es gibt keine Einträge unter „{items}“",
    there_is="bei „{item}“ gilt mindestens einmal: {clause}",
    there_is_one="bei „{item}“ gilt genau einmal: {clause}",
    for_every="bei „{item}“ gilt immer: {clause}",
    item="{item} {number}",
    item_called="{item} {number} ({name})",
    in_item="{item}: {text}",
    more_items="und {count} weitere",
    both="{left}; {right}",
    any_would_do="eines davon würde genügen, aber {items}",
    some_needed="mindestens {count} davon sind nötig, aber {items}",
    needed_of="mindestens {count} davon: {items}",
    not_so="es trifft nicht zu: {clause}",
    needs="nötig ist: {clause}",
    here="{text} (hier: {seen})",
    not_known="{noun} ist nicht bekannt",
    titled_not_known="nicht bekannt: {title}",
    cannot_tell="es lässt sich nicht ermitteln: {clause}",
    switched_off="das ist abgeschaltet",
    with_limit="{seen} ({limit})",
    standalone="{seen}; {limit}",
    signal_seen="zu sehen: {signal}",
    signal_unseen="nicht zu sehen: {signal}",
    signal_so_far="bisher: {count}",
    signal_count="{signal}, wie oft",
    signal_since="{signal}, seit wann",
    signal_last="{signal}, zuletzt",
    signal_about="{signal}, worum es geht",
    signal_events="{signal}, die Ereignisse",
    signals_seen="Zu sehen war:",
    signal_made_by="Ereignisse: {events}",
    is_it_so="Trifft das zu: {signal}?",
    how_often_so="Wie oft traf das zu: {signal}?",
    since_when_so="Seit wann trifft das zu: {signal}?",
    when_last_so="Wann traf das zuletzt zu: {signal}?",
    what_about_so="Worum ging es dabei: {signal}?",
    above_rung="{rung} darf davon {within} gewähren",
    not_granted="{rung} darf das nicht gewähren",
    may_grant="{rung} darf es",
    above_authority="gewünscht: {asked}; {limit}",
    authority_title="Befugnis",
    budget_title="Budget",
    budget_agent="das eigene Budget für {span}",
    budget_team="das Budget des Teams für {span}",
    budget_used="{budget} ist aufgebraucht: {granted} von {whole} gewährt",
    budget_left="{budget}: noch {left} übrig, {granted} von {whole} vergeben",
    budget_anew="neu beginnt es am {day}",
    budget_nobody="für {span} gibt es ein Budget, und wessen es ist, sagt die Anfrage nicht",
    budget_no_team="für {span} gibt es ein Budget des Teams, und welches Team es ist, sagt die Anfrage nicht",
    granted_agent="{action}, {span} selbst gewährt",
    granted_team="{action}, {span} im Team gewährt",
    this_week="diese Woche",
    this_month="diesen Monat",
    no_role="ohne Rolle",
    nothing_allows="keine Regel erlaubt das",
    may_go_higher="so hoch darf gehen: {rung}",
    cap_limit="die Obergrenze ist {limit}",
    allow_limit="höchstens möglich ist {limit}",
    can_do="Ja, das mache ich gern für Sie: {title}.",
    can_do_amount="Ja, das mache ich gern für Sie: {title}, {amount}.",
    cannot_do="Das geht leider nicht: {title}.",
    cannot_ever="Das ist leider nicht möglich, auch bei keiner anderen Stelle: {title}.",
    counter="Ich kann Ihnen {amount} anbieten.",
    counter_asked="{asked} sind nicht möglich, aber ich kann Ihnen {amount} anbieten.",
    hand_over="Ich gebe das an diese Stelle weiter, die sich ab jetzt darum kümmert: {desk}.",
    hand_over_rung="Dafür brauche ich eine Zusage, die ich jetzt einhole: {rung}.",
    now_and_rest="Sofort gewähren kann ich Ihnen {amount}.",
    look_into="Das muss ich mir zusammen mit jemandem ansehen, bevor ich Ihnen eine Antwort gebe.",
    look_up="Bevor ich Ihnen antworten kann, muss ich noch etwas nachsehen.",
    to_answer="Damit ich Ihnen antworten kann, brauche ich noch:",
    what_is="Wie ist es damit: {fact}?",
    possible_from="Möglich ist es ab {moment}.",
    instead_offer="Das kann ich Ihnen stattdessen anbieten: {items}.",
    first_offer="Vorher kann ich Ihnen auch das anbieten: {title}.",
    term="{name}: {value}",
    offer_stands="Dieses Angebot gilt bis {day}.",
    honours_customer="Das haben wir Ihnen am {made} zugesagt, und dabei bleibt es: {what}.",
    honours_agent="Bereits am {made} unter Ausgabe {release} zugesagt, fällig bis {due}. Einhalten; nichts Neues.",
    honours_auditor="Hält die Zusage aus Entscheidung {id} vom {made} unter Ausgabe {release} ein, fällig bis {due}.",
    heads_approve="Zusagen: {what}.",
    heads_counter="Gegenangebot: {what}.",
    heads_decline="Ablehnen: {what}.",
    heads_final="Ablehnen, niemand darf zusagen: {what}.",
    heads_escalate="Zusage einholen ({rung}): {what}.",
    heads_desk="Übergeben ({desk}): {what}.",
    heads_undecided="Das muss sich jemand ansehen: {what}. Etwas ließ sich nicht ermitteln.",
    heads_ask="Noch offen: {what}.",
    grant_now="Sofort gewähren dürfen Sie {amount}.",
    why_not="Warum nicht:",
    cause="{title}: {conditions}",
    waivable="davon absehen darf: {rung}",
    first_do="Vorher:",
    verify="prüfen: {what}",
    confirm="sicherstellen: {what}",
    offer_first="zuerst anbieten: {what}",
    ask_for="Fragen:",
    decisive="{question} (das entscheidet)",
    instead_of_it="Stattdessen möglich:",
    mutual="gut für beide Seiten",
    needs_inputs="sobald bekannt: {names}",
    say="Hinweis: {text}",
    tell_customer="Dem Kunden sagen: {text}",
    passed_on="An {to}: {what}",
    passed_on_by="An {to}, bis {due}: {what}",
    promised="Versprochen wird: {what}",
    without_limit="jeden Betrag",
    decided="Entscheidung {id}: {action}, {verdict}.",
    on_release="Regelwerk {pack}, Ausgabe {release}.",
    counted="Entschieden für {now}; der maßgebliche Tag ist {as_of}.",
    reasons="Gründe: {reasons}.",
    may_decide="Zusagen kann: {who}.",
    rules_applied="Angewandte Regeln:",
    rule_applied="{id} ({effect}): {title}",
    rule_source="Quelle: {source}",
    rule_because="Anlass: {because}",
    rule_owner="verantwortlich: {owner}",
    rules_failed="Was entgegenstand:",
    condition="{status}: {text}",
    status_failed="nicht erfüllt",
    status_unknown="unbekannt",
    status_held="zutreffend",
    expression="Ausdruck: {expression}",
    seen_needed="gesehen: {seen}; nötig: {needed}",
    offer="Angebot: {what}.",
    outputs="Ausgaben: {items}.",
    economics="Kosten für das Unternehmen: {cost}; Wert für den Kunden: {value}; Gewinn für das Unternehmen: {gain}.",
    waived="Abgesehen von: {items}.",
    assumed="Aus Vorgaben übernommen: {items}.",
    values_read="Gelesene Werte:",
    personal="persönlich, nicht gezeigt",
    unknown="nicht bekannt",
    requirements="Zuerst nötig:",
    met="erledigt: {what}",
    unmet="offen: {what}",
    promises="Versprechen:",
)


ORDINALS: Final = (
    *("erste", "zweite", "dritte", "vierte", "fünfte", "sechste"),
    *("siebte", "achte", "neunte", "zehnte", "elfte", "zwölfte"),
)


def _unsafe(clause: str) -> None:
    """German negation depends on the whole sentence, so none is made."""
    return


def _no_predicate(owner: str, name: str, holds: bool) -> None:
    """A fact's name alone makes no German predicate."""
    return


def _no_event(owner: str, name: str, ahead: bool) -> None:
    """A fact's name alone makes no German clause."""
    return


def _no_noun(title: str) -> None:
    """A title's article depends on its gender, so it stands before a colon."""
    return


def _same(text: str) -> str:
    return text


def within(title: str) -> str:
    """Return a title as it stands inside a sentence: cut at a semicolon."""
    return title.partition(";")[0].strip()


def count(number: int, noun: str) -> str:
    """Return a number of a list's items."""
    return f"{number} × {noun}"


def ordinal(number: int) -> str:
    """Return a number as a place in a row, as it follows a definite article in the nominative: dritte, 21."""
    return ORDINALS[number - 1] if 0 < number <= len(ORDINALS) else f"{number}."


GERMAN: Final = Language(PHRASES, _unsafe, _no_predicate, _no_event, _no_noun, _same, within, _same, count, ordinal)
