"""What Hugging Face knows of a paper comes back as it was frozen."""

from newsletter.papers.hub_facts import HubFacts, format_facts, hub_url, parse_facts


def test_facts_come_back_as_they_were_frozen() -> None:
    facts = HubFacts(upvotes=0, organisation="ByteDance")
    assert format_facts(facts) == {"upvotes": 0, "organisation": "ByteDance"}
    assert parse_facts(format_facts(facts)) == facts
    assert hub_url("2603.00001") == "https://huggingface.co/papers/2603.00001"
