"""The staff screens of 税務情報トータルシステム (収納管理) as a whole: their root, their server, the first page.

The screens themselves stand with what they are about. To add one to a feature, put into `kofu/ledger/<feature>/web/`

- `urls.py`: `app_name`, `prefix`, `urlpatterns`, and where due `screens` (navigation) and `work_lists` (home page), as
  `kofu.staff.registry` shows; `web/urls.py` here lists every topic;
- `views.py`: functions declared by `staff_action`; use cases on `use_case_connection()`;
- `templates/ledger/<topic>/<page>.html`: extends `staff/base.html`.

The actions stand in `kofu/staff/permissions.toml`. More in docs/how-to/staff-screens.md.
"""
