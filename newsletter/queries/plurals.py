"""Folding English plurals to their singular, so that *policies* finds *policy*.

Only the spelling is looked at, never the case: `gps` and `GPs` are the same word, so words of three letters are left alone
unless they are well-known plurals of abbreviations. What counts is that text and query are folded alike.
"""

_IRREGULAR = {
    # Greek and Latin
    "analyses": "analysis",
    "appendices": "appendix",
    "automata": "automaton",
    "axes": "axis",
    "bacteria": "bacterium",
    "corpora": "corpus",
    "crises": "crisis",
    "criteria": "criterion",
    "diagnoses": "diagnosis",
    "extrema": "extremum",
    "foci": "focus",
    "formulae": "formula",
    "hypotheses": "hypothesis",
    "indices": "index",
    "loci": "locus",
    "matrices": "matrix",
    "maxima": "maximum",
    "metastases": "metastasis",
    "minima": "minimum",
    "nuclei": "nucleus",
    "optima": "optimum",
    "parentheses": "parenthesis",
    "phenomena": "phenomenon",
    "prognoses": "prognosis",
    "radii": "radius",
    "schemata": "schema",
    "simplices": "simplex",
    "spectra": "spectrum",
    "stimuli": "stimulus",
    "syntheses": "synthesis",
    "taxa": "taxon",
    "theses": "thesis",
    "vertices": "vertex",
    "vortices": "vortex",
    # English
    "children": "child",
    "feet": "foot",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "lives": "life",
    "men": "man",
    "mice": "mouse",
    "selves": "self",
    "shelves": "shelf",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
    # -es after s, z, o, where the rules would leave an e
    "aliases": "alias",
    "atlases": "atlas",
    "biases": "bias",
    "bonuses": "bonus",
    "buses": "bus",
    "campuses": "campus",
    "canvases": "canvas",
    "censuses": "census",
    "consensuses": "consensus",
    "corpuses": "corpus",
    "echoes": "echo",
    "focuses": "focus",
    "gases": "gas",
    "heroes": "hero",
    "lenses": "lens",
    "mosquitoes": "mosquito",
    "potatoes": "potato",
    "quizzes": "quiz",
    "statuses": "status",
    "tomatoes": "tomato",
    "vetoes": "veto",
    "viruses": "virus",
    # -ies and -ches that keep their e
    "aches": "ache",
    "caches": "cache",
    "calories": "calorie",
    "cookies": "cookie",
    "headaches": "headache",
    "movies": "movie",
    "niches": "niche",
    "selfies": "selfie",
    # -us, -is, -ics that are plurals all the same
    "apis": "api",
    "characteristics": "characteristic",
    "clinics": "clinic",
    "cpus": "cpu",
    "critics": "critic",
    "dpus": "dpu",
    "fabrics": "fabric",
    "guis": "gui",
    "heuristics": "heuristic",
    "logics": "logic",
    "menus": "menu",
    "metrics": "metric",
    "mosaics": "mosaic",
    "mris": "mri",
    "npus": "npu",
    "pois": "poi",
    "rois": "roi",
    "rubrics": "rubric",
    "skis": "ski",
    "tactics": "tactic",
    "topics": "topic",
    "tpus": "tpu",
    "gpus": "gpu",
    # three letters
    "kgs": "kg",
    "lms": "lm",
    "nns": "nn",
    "ads": "ad",
    "uis": "ui",
    "vms": "vm",
}
_ENDING_IN_S = """
    3dgs alias always asbestos atlas bayes bias canvas chaos chris christmas cmos cosmos does douglas ethos eros gas gibbs has
    his holmes james kudos lens lpips lucas macos mars mcts news nicolas nuscenes overseas pancreas pandas pathos perhaps
    rhinoceros siemens texas thomas was whereas
"""
_INVARIANT = frozenset(_ENDING_IN_S.split())
_SAME_ENDINGS = ("ss", "us", "is", "ics", "series", "species")
_ES_ENDINGS = ("sses", "xes", "ches", "shes", "zzes")


def fold_plural(word: str) -> str:
    """Return the singular of a lower-case word, or the word itself; folding twice changes nothing more."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word in _INVARIANT or word.endswith(_SAME_ENDINGS):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_ES_ENDINGS):
        return word[:-2]
    return word[:-1]


def unfold_plural(word: str) -> list[str]:
    """Return every word of which a word is the singular, itself among them; none where it is no singular."""
    regular = [word, word + "s", word + "es", *([word[:-1] + "ies"] if word.endswith("y") else [])]
    irregular = [plural for plural, singular in _IRREGULAR.items() if singular == word]
    return [form for form in dict.fromkeys([*regular, *irregular]) if fold_plural(form) == word]


def singulars_beyond(beginning: str) -> list[str]:
    """Return the singulars that do not begin so, of words that do: *policy* for *policie*."""
    words = [
        beginning,
        beginning + "s",
        beginning + "es",
        *(plural for plural in _IRREGULAR if plural.startswith(beginning)),
    ]
    return [found for found in dict.fromkeys(map(fold_plural, words)) if not found.startswith(beginning)]


def plurals_beyond(beginning: str) -> list[str]:
    """Return the plurals that do not begin so, of words that do: *indices* for *inde*."""
    irregular = [plural for plural, singular in _IRREGULAR.items() if singular.startswith(beginning)]
    words = dict.fromkeys([*unfold_plural(beginning), *irregular])
    return [found for found in words if not found.startswith(beginning)]
