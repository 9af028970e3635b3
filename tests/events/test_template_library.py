"""A practice's library: its own templates, and which of all it offers."""

from uuid import UUID

import msgspec
import pytest

from events import template_library
from events.ids import DerivedIds
from events.template_library import (
    KEPT_LIMIT,
    OFFERED_LIMIT,
    AddTemplate,
    LibraryFull,
    RestoreTemplate,
    RetireTemplate,
    TemplateAdded,
    TemplateIdTaken,
    TemplateLibrary,
    TemplateNotFound,
    TemplateNotOffered,
    TemplateRestored,
    TemplateRetired,
    TemplateUnknown,
    listed,
    require_offered,
)
from events.templates import built_in
from events.templates.soundness import WordsNameNoParameter
from tests.controls import PRACTICE
from tests.given import given
from tests.ids import IN_MEMORY

OWN = UUID("0198a000-0000-7000-8000-000000000040")
TEMPLATE = built_in()["attend_one_party"]
OTHER = built_in()["mindfulness_daily"]
ADDED = TemplateAdded(template_id=str(OWN), template=TEMPLATE)
RETIRED = TemplateRetired(template_id=str(OWN))
decider = template_library.TEMPLATE_LIBRARY


def full(own: int, retired: int = 0) -> TemplateLibrary:
    ids = [str(UUID(int=nth)) for nth in range(own)]
    return TemplateLibrary(own=dict.fromkeys(ids, TEMPLATE), retired=frozenset(ids[:retired]))


class TestAddTemplate:
    def test_keeps_a_template(self):
        given(decider).when(AddTemplate(template_id=OWN, template=TEMPLATE)).then(ADDED)

    def test_is_ignored_when_it_is_there_already(self):
        given(decider, ADDED).when(AddTemplate(template_id=OWN, template=TEMPLATE)).then_nothing()

    def test_is_refused_where_the_id_is_another_s(self):
        command = AddTemplate(template_id=OWN, template=OTHER)
        given(decider, ADDED).when(command).then_refused(TemplateIdTaken)

    def test_tells_beside_a_taken_id_what_does_not_hold_together(self):
        wording = {"en": msgspec.structs.replace(OTHER.wording["en"], statement="Go {where}")}
        broken = msgspec.structs.replace(OTHER, wording=wording)
        with pytest.raises(TemplateIdTaken) as refused:
            decider.decide(decider.fold([ADDED]), AddTemplate(template_id=OWN, template=broken))
        assert [type(one) for one in refused.value.others] == [WordsNameNoParameter]

    def test_is_refused_for_one_that_does_not_hold_together(self):
        wording = {"en": msgspec.structs.replace(TEMPLATE.wording["en"], statement="Go {where}")}
        broken = msgspec.structs.replace(TEMPLATE, wording=wording)
        command = AddTemplate(template_id=OWN, template=broken)
        given(decider).when(command).then_refused(WordsNameNoParameter)

    @pytest.mark.parametrize(
        ("library", "has_room"),
        [
            (full(OFFERED_LIMIT - 1), True),
            (full(OFFERED_LIMIT), False),
            (full(OFFERED_LIMIT, retired=1), True),
            (full(KEPT_LIMIT, retired=KEPT_LIMIT), False),
        ],
    )
    def test_is_refused_where_there_is_no_room(self, library, has_room):
        command = AddTemplate(template_id=OWN, template=TEMPLATE)
        if has_room:
            assert template_library.decide(library, command) == [ADDED]
        else:
            with pytest.raises(LibraryFull):
                template_library.decide(library, command)


class TestRetireTemplate:
    def test_offers_it_no_longer(self):
        command = RetireTemplate(template_id=str(OWN), reason="Too long.")
        retired = TemplateRetired(template_id=str(OWN), reason="Too long.")
        given(decider, ADDED).when(command).then(retired)

    def test_retires_one_that_comes_with_cairn(self):
        command = RetireTemplate(template_id="attend_one_party")
        given(decider).when(command).then(TemplateRetired(template_id="attend_one_party"))

    def test_is_ignored_when_it_is_retired(self):
        given(decider, ADDED, RETIRED).when(RetireTemplate(template_id=str(OWN))).then_nothing()

    def test_is_refused_for_one_that_is_not_there(self):
        command = RetireTemplate(template_id="no_such_thing")
        given(decider).when(command).then_refused(TemplateNotFound)


class TestRestoreTemplate:
    def test_offers_it_once_more(self):
        restored = TemplateRestored(template_id=str(OWN))
        given(decider, ADDED, RETIRED).when(RestoreTemplate(template_id=str(OWN))).then(restored)

    def test_is_ignored_when_it_is_offered(self):
        given(decider).when(RestoreTemplate(template_id="half_the_score")).then_nothing()

    def test_is_refused_for_one_that_is_not_there(self):
        command = RestoreTemplate(template_id=str(OWN))
        given(decider).when(command).then_refused(TemplateNotFound)

    def test_is_refused_where_there_is_no_room_for_the_practice_s_own(self):
        library = full(OFFERED_LIMIT + 1, retired=1)
        with pytest.raises(LibraryFull):
            template_library.decide(library, RestoreTemplate(template_id=str(UUID(int=0))))


class TestWhatIsOffered:
    def test_is_everything_but_what_was_retired(self):
        library = decider.fold([ADDED, RETIRED, TemplateRetired(template_id="half_the_score")])
        assert require_offered(library, "attend_one_party") == TEMPLATE
        for retired in (str(OWN), "half_the_score"):
            with pytest.raises(TemplateNotOffered):
                require_offered(library, retired)
            # Goals that were made of it are told by its name still.
            assert library.named(retired) is not None
        with pytest.raises(TemplateUnknown):
            require_offered(library, "no_such_thing")
        assert [one for one, _ in listed(library)] == [*built_in(), str(OWN)]

    def test_is_one_stream_a_practice(self):
        stream_id, formerly = template_library.stream_ids(IN_MEMORY, PRACTICE)
        assert (stream_id.version, formerly.version) == (8, 5)
        assert stream_id == template_library.stream_ids(IN_MEMORY, PRACTICE)[0]
        assert (
            stream_id
            != template_library.stream_ids(DerivedIds.known_to_all("another"), PRACTICE)[0]
        )
