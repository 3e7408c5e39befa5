"""Accounts of the staff, and the offices they belong to.

An account is one person's and is never deleted: the record of years ago still names it. It is usable from
`active_from` to `active_to` (both included). One made for the demonstration, whose password is published, is marked:
no process serves real papers beside it (`demonstration`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from kofu.core.calendar import JST
from kofu.core.four_eyes import REASON_LENGTH_MAX
from kofu.platform.word_checks import only_words
from kofu.staff.domain.account_changes import AccountChangeKind, AccountChangeState
from kofu.staff.domain.contractors import CONTRACTOR, EntrustedWork, ErasureWay, ProvedThing, RosterLine
from kofu.staff.domain.emergency_access import EmergencyState
from kofu.staff.domain.incidents import IncidentReportKind
from kofu.staff.permissions import PERMISSIONS

LOGIN_LENGTH_MAX = 32
NAME_LENGTH_MAX = 64
TEXT_LENGTH_MAX = 2000


class Office(models.Model):
    """An office (所属): a section of the ward office or a branch office (特別出張所)."""

    code = models.CharField("所属コード", primary_key=True, max_length=16)
    name = models.CharField("所属", max_length=NAME_LENGTH_MAX)
    is_branch = models.BooleanField("出張所", default=False)

    class Meta:
        db_table = "staff_office"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class StaffAccountManager(BaseUserManager["StaffAccount"]):
    """Finds accounts by login, letters as they are."""

    def get_by_natural_key(self, username: str | None) -> StaffAccount:
        """Find an account by its login."""
        return self.get(login=username)


class StaffAccount(AbstractBaseUser):
    """One person's account: login, name, office, role, and the days it may be used."""

    login = models.CharField("職員番号（ログインID）", max_length=LOGIN_LENGTH_MAX, unique=True)
    display_name = models.CharField("氏名", max_length=NAME_LENGTH_MAX)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, verbose_name="所属")
    office_id: str
    role = models.CharField("役割", max_length=32)
    active_from = models.DateField("利用開始日")
    active_to = models.DateField("利用終了日", null=True, blank=True)
    password_is_initial = models.BooleanField(default=True)
    demonstration = models.BooleanField(default=False)
    session_mark = models.CharField(max_length=32, default="")  # of the session that was opened last
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=LOGIN_LENGTH_MAX)

    objects = StaffAccountManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        db_table = "staff_account"
        ordering = ["login"]
        constraints = [
            models.CheckConstraint(
                name="staff_account_days",
                condition=models.Q(active_to__isnull=True) | models.Q(active_to__gte=models.F("active_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.login

    def active_on(self, day: date) -> bool:
        """Say whether the account may be used on `day`."""
        return self.active_from <= day and (self.active_to is None or day <= self.active_to)

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django has a plain attribute here
        """Whether the account may be used today, as Django asks at the login and at every request."""
        today = datetime.now(JST).date()
        return self.active_on(today) and (not self.of_a_contractor or self._on_roster(today))

    @property
    def of_a_contractor(self) -> bool:
        """Whether it is the account of a contractor's worker, which ends with the roster's line or the contract."""
        return self.role == CONTRACTOR

    def _on_roster(self, day: date) -> bool:
        lines = RosterWorker.objects.filter(login=self.login).select_related("contract")
        return any(worker.line.holds_on(day) for worker in lines)

    @property
    def role_label(self) -> str:
        """The role in Japanese."""
        return PERMISSIONS.role(self.role).label

    def get_full_name(self) -> str:
        """Name shown on screens."""
        return self.display_name


class OperatorSession(models.Model):
    """A short session at the command line: of an account, opened by an OS user. The token is kept as its hash alone."""

    account = models.ForeignKey(StaffAccount, on_delete=models.PROTECT)
    token_hash = models.BinaryField(max_length=32, unique=True)
    os_uid = models.BigIntegerField()
    os_user = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=32, default="")

    class Meta:
        db_table = "staff_operator_session"


class ServiceKey(models.Model):
    """The key an unattended job proves its name with; kept as its hash. A service has one that stands."""

    service = models.CharField(max_length=32)
    key_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=LOGIN_LENGTH_MAX)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_service_key"
        constraints = [
            models.UniqueConstraint(
                name="staff_service_key_one", fields=["service"], condition=models.Q(ended_at__isnull=True)
            ),
        ]


class AccountChange(models.Model):
    """A change of an account, from its proposal to the day its owner has read of it.

    Account and people are logins, as the record names them: an account that is to be made is none yet. `first_half`:
    the half of the initial password that went to the proposer, encrypted; gone once the change is decided.
    """

    kind = models.CharField("内容", max_length=16)
    login = models.CharField("ログインID", max_length=LOGIN_LENGTH_MAX)
    display_name = models.CharField("氏名", max_length=NAME_LENGTH_MAX, default="", blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, verbose_name="所属")
    office_id: str | None
    role = models.CharField("役割", max_length=32, default="", blank=True)
    active_from = models.DateField("利用開始日", null=True)
    active_to = models.DateField("利用終了日", null=True)
    reason = models.CharField("理由", max_length=REASON_LENGTH_MAX)
    first_half = models.CharField(max_length=256, default="")
    state = models.CharField("状態", max_length=16)
    proposed_by = models.CharField("起案者", max_length=LOGIN_LENGTH_MAX)
    proposed_at = models.DateTimeField("起案日時")
    decided_by = models.CharField("確認者", max_length=LOGIN_LENGTH_MAX, default="")
    decided_at = models.DateTimeField("確認日時", null=True)
    decided_reason = models.CharField("差戻し等の理由", max_length=REASON_LENGTH_MAX, default="")
    known_at = models.DateTimeField("本人の確認日時", null=True)
    ends_standing = models.BooleanField(default=False)  # what the account proposed and nobody decided lapsed by it

    class Meta:
        db_table = "staff_account_change"
        ordering = ["-pk"]
        constraints = [
            only_words("kind", AccountChangeKind, name="staff_account_change_kind_words"),
            only_words("state", AccountChangeState, name="staff_account_change_state_words"),
            models.CheckConstraint(  # the database holds the two people apart too
                name="staff_account_change_two_people",
                condition=~models.Q(state__in=["in_force", "known"])
                | (
                    ~models.Q(decided_by="")
                    & ~models.Q(decided_by=models.F("proposed_by"))
                    & ~models.Q(decided_by=models.F("login"))
                    & ~models.Q(proposed_by=models.F("login"))
                ),
            ),
            models.CheckConstraint(
                name="staff_account_change_reset_ends_standing",
                condition=~models.Q(kind="reset")
                | ~models.Q(state__in=["in_force", "known"])
                | models.Q(ends_standing=True),
            ),
            models.UniqueConstraint(
                name="staff_account_change_one_waits", fields=["login"], condition=models.Q(state="proposed")
            ),
        ]

    @property
    def kind_label(self) -> str:
        """What is changed, in Japanese."""
        return AccountChangeKind(self.kind).label

    @property
    def state_label(self) -> str:
        """Where it stands, in Japanese."""
        return AccountChangeState(self.state).label

    @property
    def role_label(self) -> str:
        """The role that is given, in Japanese; "" for a reset."""
        return PERMISSIONS.role(self.role).label if self.role else ""


class Contractor(models.Model):
    """委託先: a company that works for the ward."""

    name = models.CharField("委託先", max_length=NAME_LENGTH_MAX, unique=True)

    class Meta:
        db_table = "staff_contractor"
        ordering = ["name"]


class ServiceContract(models.Model):
    """委託契約: what is entrusted, for which days (both included), and the contractor's 取扱責任者."""

    contractor = models.ForeignKey(Contractor, on_delete=models.PROTECT, related_name="contracts")
    title = models.CharField("件名", max_length=NAME_LENGTH_MAX)
    work = models.CharField("業務", max_length=16)
    starts_on = models.DateField("契約開始日")
    ends_on = models.DateField("契約終了日")
    responsible = models.CharField("取扱責任者", max_length=NAME_LENGTH_MAX)
    recorded_by = models.CharField("登録者", max_length=LOGIN_LENGTH_MAX)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "staff_service_contract"
        ordering = ["-ends_on", "pk"]
        constraints = [
            only_words("work", EntrustedWork, name="staff_service_contract_work_words"),
            models.CheckConstraint(
                name="staff_service_contract_days", condition=models.Q(ends_on__gte=models.F("starts_on"))
            ),
        ]

    @property
    def work_label(self) -> str:
        """What is entrusted, in Japanese."""
        return EntrustedWork(self.work).label


class RosterWorker(models.Model):
    """作業者名簿, one line: a worker under a contract, trained and pledged; confirmed by a second administrator."""

    contract = models.ForeignKey(ServiceContract, on_delete=models.PROTECT, related_name="workers")
    contract_id: int
    name = models.CharField("作業者", max_length=NAME_LENGTH_MAX)
    login = models.CharField("ログインID", max_length=LOGIN_LENGTH_MAX, default="", blank=True)
    starts_on = models.DateField("従事開始日")
    ends_on = models.DateField("従事終了日", null=True)
    trained_on = models.DateField("教育の日", null=True)
    pledged_on = models.DateField("誓約の日", null=True)
    recorded_by = models.CharField("登録者", max_length=LOGIN_LENGTH_MAX)
    recorded_at = models.DateTimeField("登録日時")
    confirmed_by = models.CharField("確認者", max_length=LOGIN_LENGTH_MAX, default="")
    confirmed_at = models.DateTimeField("確認日時", null=True)

    class Meta:
        db_table = "staff_roster_worker"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="staff_roster_worker_two_people",
                condition=~models.Q(confirmed_by=models.F("recorded_by")),
            ),
            models.CheckConstraint(
                name="staff_roster_worker_days",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
            ),
        ]

    @property
    def line(self) -> RosterLine:
        """The line as the rule reads it."""
        return RosterLine(
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            contract_starts_on=self.contract.starts_on,
            contract_ends_on=self.contract.ends_on,
            trained_on=self.trained_on,
            pledged_on=self.pledged_on,
            confirmed=bool(self.confirmed_by),
        )

    @property
    def works_today(self) -> bool:
        """Whether the worker may work today."""
        return self.line.holds_on(datetime.now(JST).date())


class ErasureProof(models.Model):
    """消去証明: the contractor's certificate that what it had was returned or erased. Written once, never changed."""

    thing = models.CharField("対象", max_length=16)
    subject = models.CharField("対象の番号", max_length=36)
    way = models.CharField("処理", max_length=16)
    erased_on = models.DateField("返還・消去の日")
    certificate = models.CharField("消去証明書の番号", max_length=NAME_LENGTH_MAX)
    certified_by = models.CharField("証明者（委託先）", max_length=NAME_LENGTH_MAX)
    recorded_by = models.CharField("登録者", max_length=LOGIN_LENGTH_MAX)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "staff_erasure_proof"
        ordering = ["-pk"]
        constraints = [
            only_words("thing", ProvedThing, name="staff_erasure_proof_thing_words"),
            only_words("way", ErasureWay, name="staff_erasure_proof_way_words"),
            models.UniqueConstraint(name="staff_erasure_proof_once", fields=["thing", "subject"]),
        ]

    @property
    def way_label(self) -> str:
        """What became of the data, in Japanese."""
        return ErasureWay(self.way).label


class AccountReview(models.Model):
    """アカウント棚卸: an account in its role and office, found needed in a half-year by another administrator."""

    half_year = models.DateField("半期の初日")
    login = models.CharField("ログインID", max_length=LOGIN_LENGTH_MAX)
    role = models.CharField("役割", max_length=32)
    office_code = models.CharField("所属コード", max_length=16)
    signed_by = models.CharField("確認者", max_length=LOGIN_LENGTH_MAX)
    signed_at = models.DateTimeField("確認日時")

    class Meta:
        db_table = "staff_account_review"
        constraints = [
            models.CheckConstraint(
                name="staff_account_review_not_own", condition=~models.Q(signed_by=models.F("login"))
            ),
            models.UniqueConstraint(
                name="staff_account_review_once", fields=["half_year", "login", "role", "office_code"]
            ),
        ]


class EmergencyAccess(models.Model):
    """緊急閲覧: asked for by `holder`, granted by the ward until `ends_at`, then reported."""

    holder = models.CharField("閲覧する者", max_length=LOGIN_LENGTH_MAX)
    reason = models.CharField("理由", max_length=REASON_LENGTH_MAX)
    minutes = models.IntegerField("時間（分）")
    state = models.CharField("状態", max_length=16)
    asked_at = models.DateTimeField("申請日時")
    decided_by = models.CharField("許可した者", max_length=LOGIN_LENGTH_MAX, default="")
    decided_at = models.DateTimeField("許可日時", null=True)
    ends_at = models.DateTimeField("終了日時", null=True)
    reported_by = models.CharField("報告を確認した者", max_length=LOGIN_LENGTH_MAX, default="")
    reported_at = models.DateTimeField("報告の確認日時", null=True)

    class Meta:
        db_table = "staff_emergency_access"
        ordering = ["-pk"]
        constraints = [
            only_words("state", EmergencyState, name="staff_emergency_access_state_words"),
            models.CheckConstraint(
                name="staff_emergency_access_two_people",
                condition=~models.Q(decided_by=models.F("holder")) & ~models.Q(reported_by=models.F("holder")),
            ),
            models.CheckConstraint(
                name="staff_emergency_access_ends",
                condition=~models.Q(state__in=["granted", "reported"]) | models.Q(ends_at__isnull=False),
            ),
        ]

    @property
    def state_label(self) -> str:
        """Where it stands, in Japanese; over is over, though nobody did anything."""
        if self.state == EmergencyState.GRANTED and self.is_over:
            return "終了・報告待ち"
        return EmergencyState(self.state).label

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.ends_at is not None and self.ends_at <= datetime.now(JST)


class EmergencyPerson(models.Model):
    """A person an emergency access is for."""

    access = models.ForeignKey(EmergencyAccess, on_delete=models.PROTECT, related_name="persons")
    access_id: int
    person_id = models.CharField("画面の番号", max_length=18)
    pseudonym = models.CharField("仮名", max_length=64)

    class Meta:
        db_table = "staff_emergency_person"


class Incident(models.Model):
    """事故: what happened to data, as far as it is known; never a person's name. Each report is its own line."""

    case = models.CharField("調査票の番号", max_length=64, default="", blank=True)
    title = models.CharField("件名", max_length=NAME_LENGTH_MAX)
    known_at = models.DateTimeField("知った日時")
    wrongful = models.BooleanField("不正の目的によるおそれ", default=False)
    persons = models.IntegerField("本人の数")
    items = models.CharField("個人データの項目", max_length=REASON_LENGTH_MAX)
    course = models.CharField("概要・経過", max_length=TEXT_LENGTH_MAX)
    cause = models.CharField("原因", max_length=TEXT_LENGTH_MAX)
    measures = models.CharField("二次被害の防止・再発防止の措置", max_length=TEXT_LENGTH_MAX)
    recorded_by = models.CharField("登録者", max_length=LOGIN_LENGTH_MAX)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "staff_incident"
        ordering = ["-known_at"]
        constraints = [models.CheckConstraint(name="staff_incident_persons", condition=models.Q(persons__gte=0))]


class IncidentReport(models.Model):
    """事故報告, made: to whom, when, how. Written once."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField("報告", max_length=16)
    made_at = models.DateTimeField("報告した日時")
    how = models.CharField("方法・受付番号", max_length=REASON_LENGTH_MAX)
    recorded_by = models.CharField("登録者", max_length=LOGIN_LENGTH_MAX)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "staff_incident_report"
        constraints = [
            only_words("kind", IncidentReportKind, name="staff_incident_report_kind_words"),
            models.UniqueConstraint(name="staff_incident_report_once", fields=["incident", "kind"]),
        ]
