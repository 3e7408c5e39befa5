"""Staff screens of 税務情報トータルシステム(収納管理): one folder per topic.

To add a screen, make a package `kofu/ledger/web/<topic>/` with

- `urls.py`: `app_name`, `prefix`, `urlpatterns`, and where due `screens` (navigation) and `work_lists` (home page), as
  `kofu.platform.staff.registry` shows; it is found by itself, no list is to be edited;
- `views.py`: functions declared by `staff_action`; use cases on `use_case_connection()`;
- `templates/ledger/<topic>/<page>.html`: extends `staff/base.html`.

The actions stand in `kofu/platform/staff/permissions.toml`. More in docs/how-to/staff-screens.md.
"""
