"""Tables of the drawn glyphs (外字): registrations with their evidence, what was decided, the sets that came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kofu.ledger.glyphs.domain import states
from kofu.platform.word_checks import only_words


class GlyphRegistration(models.Model):
    """外字の登録: one drawing for one character as it stands in the data, with what shows the form. Never changed."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    code_points = models.CharField("文字（符号位置）", max_length=20)
    svg = models.BinaryField("字形（SVG）")
    sha256 = models.CharField("字形の SHA-256", max_length=64)
    evidence = models.CharField("字形の根拠", max_length=400)
    document_number = models.CharField("根拠資料の文書番号", max_length=80)
    document_sha256 = models.CharField("根拠資料の SHA-256", max_length=64, blank=True)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")

    class Meta:
        db_table = "glyph_registration"
        constraints = [
            models.CheckConstraint(condition=~Q(evidence="") & ~Q(document_number=""), name="glyph_with_evidence"),
        ]


class GlyphPerson(models.Model):
    """Whose name or address bears the character."""

    id = models.BigAutoField(primary_key=True)
    registration = models.ForeignKey(GlyphRegistration, on_delete=models.PROTECT, related_name="persons")
    addressee_number = models.CharField("宛名番号", max_length=15)

    class Meta:
        db_table = "glyph_person"
        constraints = [
            models.UniqueConstraint(fields=["registration", "addressee_number"], name="glyph_person_once"),
        ]


class GlyphEvent(models.Model):
    """決裁, 却下, 廃止: what was decided about a registration, by whom."""

    id = models.BigAutoField(primary_key=True)
    registration = models.ForeignKey(GlyphRegistration, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("処理", max_length=12)
    reason = models.CharField("理由", max_length=400, blank=True)
    recorded_by = models.CharField("処理者", max_length=80)
    recorded_at = models.DateTimeField("処理日時")

    class Meta:
        db_table = "glyph_event"
        constraints = [
            only_words("event", states.GlyphEvent, name="glyph_event_event_words"),
            models.CheckConstraint(
                condition=Q(event__in=["approve", "decline", "propose_end", "withdraw", "keep"]),
                name="glyph_event_known",
            ),
        ]


class GlyphSet(models.Model):
    """外字の組: the font of every glyph in force after a decision, under its number and digest."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    version = models.IntegerField("版")
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField("書体のファイル")
    made_at = models.DateTimeField("作成日時")

    class Meta:
        db_table = "glyph_set"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "version"], name="glyph_set_version"),
        ]
