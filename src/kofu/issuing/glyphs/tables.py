"""Tables of the glyph sets (外字の組) that were taken, and of what came of each delivery."""

from __future__ import annotations

from django.db import models


class GlyphSetRow(models.Model):
    """受領した外字の組: the ledger's signed set as it came, by its version. Never changed; the highest is in force.

    In the database and not on a disk: every process of every machine draws with the same set, from the same moment.
    """

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    version = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    manifest = models.BinaryField()
    signature = models.BinaryField()
    font = models.BinaryField()
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=128)

    class Meta:
        db_table = "issuing_glyph_set"
        verbose_name = "受領した外字の組"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "version"], name="issuing_glyph_set_once"),
        ]


class GlyphDeliveryRow(models.Model):
    """外字の組の受領結果: what came of the set a tax feed named; the last one says how things stand."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    feed_generation = models.BigIntegerField()
    version = models.BigIntegerField()
    outcome = models.CharField(max_length=16)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "issuing_glyph_delivery"
        verbose_name = "外字の組の受領結果"
