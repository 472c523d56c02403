"""What beat orders, and when: names of tasks, seconds between them, and after how long an order is of no use."""

from typing import Any

from celery.schedules import crontab

from privacy_service import env

SCHEDULE: dict[str, dict[str, Any]] = {
    "run-due-moves": {"task": "rollout.run_due_moves", "schedule": 5.0, "options": {"expires": 5}},
    "watch-gates": {"task": "rollout.watch_gates", "schedule": 30.0, "options": {"expires": 30}},
    "forget-minutes": {"task": "rollout.forget_minutes", "schedule": 3600.0, "options": {"expires": 3600}},
    "end-what-is-over": {"task": "workspaces.end_what_is_over", "schedule": 60.0, "options": {"expires": 60}},
    "finish-rotations": {"task": "workspaces.finish_rotations", "schedule": 3600.0, "options": {"expires": 3600}},
    "send-links": {"task": "subjects.send_links", "schedule": 30.0, "options": {"expires": 30}},
    "tell-controllers": {"task": "subjects.tell_controllers", "schedule": 5.0, "options": {"expires": 5}},
    "unfold-regulations": {"task": "subjects.unfold", "schedule": 5.0, "options": {"expires": 5}},
    "send-notices": {"task": "subjects.send_notices", "schedule": 60.0, "options": {"expires": 60}},
    "purge-subject-log": {"task": "subjects.purge_log", "schedule": 3600.0, "options": {"expires": 3600}},
    "end-unconfirmed": {"task": "subjects.end_unconfirmed", "schedule": 3600.0, "options": {"expires": 3600}},
    "send-tasks": {"task": "subjects.send_tasks", "schedule": 60.0, "options": {"expires": 60}},
    "forget-old-choices": {"task": "consent.forget_old", "schedule": 6 * 3600.0, "options": {"expires": 6 * 3600}},
    "ask-destinations": {"task": "subjects.work", "schedule": 5.0, "options": {"expires": 5}},
    "keep-archives": {"task": "subjects.keep_archives", "schedule": 30.0, "options": {"expires": 30}},
    "pick-up-scans": {"task": "subjects.pick_up_scans", "schedule": 60.0, "options": {"expires": 60}},
    "ship-audit-spool": {"task": "decisions.ship_spool", "schedule": 10.0, "options": {"expires": 10}},
    "forget-answers": {"task": "managing.forget_answers", "schedule": 600.0, "options": {"expires": 600}},
    "forget-sign-ins": {"task": "console.forget_sign_ins", "schedule": 3600.0, "options": {"expires": 3600}},
    "end-lost-scans": {"task": "scanning.end_lost", "schedule": 600.0, "options": {"expires": 600}},
    "tell-red-fields": {"task": "inventory.tell_all", "schedule": 60.0, "options": {"expires": 60}},
    "pick-up-jobs": {"task": "jobs.pick_up", "schedule": 60.0, "options": {"expires": 60}},
    "verify-audit-trail": {
        "task": "decisions.verify_audit",
        "schedule": crontab(hour=env.integer("PRIVACY_AUDIT_VERIFY_HOUR", default=3, most=23), minute=0),
        "options": {"expires": 12 * 3600},
    },
    "prune-audit-trail": {"task": "decisions.prune_audit", "schedule": 6 * 3600.0},
    "forward-audit-trail": {"task": "decisions.forward_audit", "schedule": 5.0, "options": {"expires": 5}},
}
