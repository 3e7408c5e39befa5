"""Table of the registered deployments (P8)."""

from __future__ import annotations

from django.db import models


class DeploymentRow(models.Model):
    """What a process of this deployment must be: registered once per release, checked at each start (P8)."""

    id = models.BigAutoField(primary_key=True)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)
    topology = models.CharField(max_length=64)
    statement = models.JSONField()

    class Meta:
        db_table = "issuing_deployment"
