"""The dashboard for admins, ``/admin/impressions``: figures, users, export, live feed."""
