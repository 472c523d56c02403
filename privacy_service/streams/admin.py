"""Topics, whose readers are chosen here; flows as they were last started; the registry of packages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from privacy_service.streams.models import PublishedPackage, RegisteredFlow, RegisteredTopic
from privacy_service.streams.registering import remove_topic, store_topic
from workspaces.admin.shared import acting_user


@admin.register(RegisteredTopic)
class RegisteredTopicAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Topics that are read over HTTP."""

    fields = ("workspace", "name", "access", "address", "flow", "changed_at")
    readonly_fields = ("flow", "changed_at")
    list_display = ("name", "workspace", "access", "flow", "changed_at")
    list_select_related = ("workspace",)
    list_filter = ("access",)
    search_fields = ("name", "flow", "workspace__slug")
    search_help_text = "Topic, flow or workspace"
    autocomplete_fields = ("workspace",)

    def get_readonly_fields(self, request: HttpRequest, obj: RegisteredTopic | None = None) -> tuple[str, ...]:
        """Keep workspace and name: they say where the records lie, and whose they are."""
        del request
        return ("workspace", "name", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: RegisteredTopic, form: Any, change: Any) -> None:
        """Write through the writer of topics."""
        del form, change
        store_topic(obj, by=acting_user(request))

    def delete_model(self, request: HttpRequest, obj: RegisteredTopic) -> None:
        """Let nobody read the topic any more."""
        remove_topic(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RegisteredTopic]) -> None:
        """Let nobody read these topics any more."""
        for topic in queryset.select_related("workspace"):
            self.delete_model(request, topic)


@admin.register(RegisteredFlow)
class RegisteredFlowAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Flows as they were last started; one that is gone is taken off the console's page here, its topics stay."""

    fields = ("workspace", "name", "version", "services", "changed_at")
    list_display = ("name", "workspace", "version", "changed_at")
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__slug")
    search_help_text = "Flow or workspace"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: `manage.py flow run` writes it down."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: RegisteredFlow | None = None) -> bool:
        """Refuse: its file says what it is."""
        del request, obj
        return False


@admin.register(PublishedPackage)
class PublishedPackageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Packages as they were published: code that workers run, which no page may change."""

    fields = ("workspace", "namespace", "name", "version", "functions", "sha256", "published_by", "published_at")
    list_display = ("__str__", "workspace", "sha256", "published_by", "published_at")
    list_select_related = ("workspace", "published_by")
    search_fields = ("namespace", "name", "workspace__slug", "sha256")
    search_help_text = "Namespace, name, workspace or SHA-256"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PublishedPackage]:
        """Leave the archives where they are."""
        return super().get_queryset(request).defer("archive")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: `manage.py flow publish` tries a package's tests first."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: PublishedPackage | None = None) -> bool:
        """Refuse: a version never changes."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PublishedPackage | None = None) -> bool:
        """Refuse: flows may import it."""
        del request, obj
        return False
