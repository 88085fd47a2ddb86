"""Know the headings and labels under which notes hold our own words, in four languages.

The set is small and documented (docs/notes-and-calls.md). A word that can't be told apart, such as
`Next steps`, is doubtful: what stands below it may be anybody's.
"""

import re
from enum import StrEnum

__all__ = ["Whose", "classify_heading", "classify_label", "classify_line"]


class Whose(StrEnum):
    """Whose words stand under a heading or behind a label."""

    OURS = "ours"
    QUESTION = "question"
    ANSWER = "answer"
    DOUBTFUL = "doubtful"
    CUSTOMERS = "customers"


_OUR_THINGS = (
    r"recommend\w*|suggest\w*|propos\w*|takes?|views?|thoughts?|advice|assessments?|opinions?|"
    r"positions?|pitch|solutions?|approach(?:es)?|hypothes[ie]s|ideas?|notes?|comments?|"
    r"next steps?|actions?(?: items?)?|to-?dos?|follow-?ups?|side|plans?|answers?|responses?|"
    r"questions?|analysis|observations?|conclusions?|impressions?|guess(?:es)?|homework|"
    r"architecture|design|feedback|reply|offer|summary|tasks?"
)
_OURS = re.compile(
    rf"(?:our|my)(?: own| sa)? (?:[\w-]+ )?(?:{_OUR_THINGS})\b.*"
    r"|what (?:we|i)(?:'d|’d| would)? (?:recommend|suggest|propose|advise|think|pitch|offer"
    r"|see)\w*.*"
    r"|(?:we|i)(?:'d|’d| would)? (?:recommend|suggest|propose|advise)\w*"
    r"|recommend(?:ation|ations|ed)\b.*|suggestions?\b.*|propos(?:al|als|ed)\b.*|advice\b.*"
    r"|pitch\b.*"
    r"|(?:next steps?|action items?|actions?|follow-?ups?|to-?dos?|tasks?|homework)"
    r"(?: (?:for|on|by|from|at|to do for))? \(?(?:us|me|our (?:side|team|end)|sas?|the sa"
    r"|internal(?:ly)?|"
    r"vendor|ours)\)?"
    rf"|(?:sa|se|solutions? (?:architect|engineer)|pre-?sales|internal|vendor|seller"
    rf"|team)(?:['’]?s)? "
    rf"(?:only|{_OUR_THINGS})\b.*"
    r"|internal(?: only)?|for internal use.*|not for (?:the )?customer.*|private(?: notes?)?"
    r"|we|me|sa|ours|(?:our|seller['’]?s?|vendor['’]?s?) side"
    # German
    r"|unse?re?[rsnm]? (?:[\w-]+ )?(?:empfehlung(?:en)?|vorschl[aä]ge?|sicht"
    r"|einschätzung(?:en)?|meinung|"
    r"lösung(?:en)?|ansatz|nächsten schritte|gedanken|aufgaben|rat|angebot|notizen|fragen?"
    r"|ideen?|fazit)\b.*"
    r"|meine (?:meinung|gedanken|einschätzung|notizen|fragen|empfehlung(?:en)?)\b.*"
    r"|eigene (?:notizen|gedanken)"
    r"|empfehlung(?:en)?\b.*|vorschl[aä]ge?\b.*|was wir (?:empfehlen|vorschlagen|raten).*"
    r"|wir empfehlen"
    r"|(?:nächste schritte|aufgaben|to-?dos?) (?:für|von|bei) (?:uns|mich|mir)"
    r"|intern(?:e notizen|es)?|wir|uns"
    # French
    r"|(?:nos?|notre|mes|mon|ma) (?:recommandations?|suggestions?|propositions?|avis"
    r"|point de vue|idées?|"
    r"conseils?|prochaines étapes|solution|approche|analyse|actions?|notes|questions?"
    r"|réflexions?)\b.*"
    r"|recommandations?\b.*|propositions?\b.*|ce que nous (?:recommandons|proposons|conseillons).*"
    r"|(?:prochaines étapes|actions?) pour (?:nous|moi)|(?:usage |notes? )?internes?|nous"
    r"|nous recommandons"
    # Spanish
    r"|(?:nuestr[ao]s?|mis?) (?:recomendaci(?:ón|ones)|sugerencias?|propuestas?|opini(?:ón"
    r"|ones)|visión|"
    r"ideas?|soluci(?:ón|ones)|enfoque|próximos pasos|análisis|acciones|notas|preguntas?)\b.*"
    r"|recomendaci(?:ón|ones)\b.*|propuestas?\b.*|sugerencias?\b.*|lo que (?:recomendamos"
    r"|proponemos).*"
    r"|(?:próximos pasos|acciones|tareas) para (?:nosotros|mí)|(?:uso |notas? )?intern[ao]s?"
    r"|nosotros"
)
_DOUBTFUL = re.compile(
    r"next(?: steps?)?|action(?:s| items?)?|follow-?ups?|to-?dos?\b.*|tasks?|thoughts?|ideas?|us|se"
    r"|assessments?|(?:possible |potential |target |future )(?:solutions?|architecture)|opinions?"
    r"|nächste schritte|aufgaben|maßnahmen|ideen|einschätzung|gedanken|fazit"
    r"|prochaines étapes|idées|réflexions|avis|próximos pasos|tareas|acciones|opinión"
)
_QUESTIONS = re.compile(
    r"q(?:uestions?)?(?: ?[0-9]{1,3})?|(?:discovery )?questions?(?: (?:we )?asked)?|ask(?:ed)?"
    r"|fragen?(?: ?[0-9]{1,3})?|f|preguntas?(?: ?[0-9]{1,3})?|p"
)
_ANSWERS = re.compile(
    r"a(?:nswers?)?(?: ?[0-9]{1,3})?|antwort(?:en)?(?: ?[0-9]{1,3})?|réponses?|respuestas?|r"
)
_CUSTOMERS = re.compile(
    r"(?:the )?(?:customer|client|prospect|kunde|kunden|cliente)(?:['’]?s)?\b.*|them|they|their .*"
)
_SAYS_OURS = re.compile(
    r"(?:we|i)(?:['’]d| would| have|['’]ve)? (?:recommend|suggest|propos|advis|pitch|offer)(?:e"
    r"|ed|s|es)? "
    r"|(?:wir|ich) (?:empfehlen|empfehle|schlagen|schlage|raten|haben (?:\w+ )?(?:empfohlen"
    r"|vorgeschlagen))\b"
    r"|nous (?:recommandons|proposons|avons (?:recommandé|proposé))\b"
    r"|(?:recomendamos|proponemos|hemos (?:recomendado|propuesto))\b"
)
_EDGES = " \t*_#:：.-–—>|()[]✅📝💡👉🔒"
_LONGEST = 80  # characters


def classify_heading(words: str) -> Whose | None:
    """Tell whose words stand under a heading; None for one that says nothing of it."""
    label = _normalise(words)
    if _OURS.fullmatch(label):
        return Whose.OURS
    if _DOUBTFUL.fullmatch(label):
        return Whose.DOUBTFUL
    return Whose.CUSTOMERS if _CUSTOMERS.fullmatch(label) else None


def classify_label(words: str) -> Whose | None:
    """Tell whose words stand behind a label such as `Q:`, or in the column of this name."""
    label = _normalise(words)
    if _QUESTIONS.fullmatch(label):
        return Whose.QUESTION
    return Whose.ANSWER if _ANSWERS.fullmatch(label) else classify_heading(label)


def classify_line(words: str) -> Whose | None:
    """Tell whether a line itself says that it is our advice; it may quote the customer."""
    return Whose.DOUBTFUL if _SAYS_OURS.match(_normalise(words)) else None


def _normalise(words: str) -> str:
    folded = " ".join(words[: _LONGEST + 1].casefold().split()).strip(_EDGES)
    return re.sub(r"^[0-9]{1,2}[.)] ", "", folded) if len(words) <= _LONGEST * 4 else ""
