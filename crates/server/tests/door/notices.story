# One account from its first call to its release, and everything it is told on the way.
#
# A line that begins with $ is a command; "call" is so many calls of general-text in a region, "refused" such calls
# that are refused, "member" such calls of its member bob. The indented lines are what the account is told by it, with every figure, in order. A call costs
# 0.05; a package of 10 calls costs 1.00 and lasts a month. The clock begins on 2026-09-01 at 09:30 (UTC+8).

$ subscribe alice --api general-text --region cn-north-4
$ subscribe alice --api general-text --region cn-east-3
$ top-up alice 1.50
$ alerts alice --balance 1.00
$ budget set alice team --amount 1.00
$ cap set alice --monthly 1.00

# A free trial elsewhere: the first call is charged all the same. Then the trial is used where it is.
$ grant alice --api general-text --region cn-east-3 --calls 5 --expires-at 2027-08-31T23:59:59+08:00 --source free
call 1 cn-north-4
  pay_per_use_instead api=general-text region=cn-north-4 elsewhere=general-text/cn-east-3/5
call 4 cn-east-3
  package_low lot=0 threshold=1 api=general-text region=cn-east-3 left=1 granted=5
call 1 cn-east-3
  package_used_up lot=0 api=general-text region=cn-east-3 then=pay_per_use next_lot=null pay_per_use_until=null

# The next day. At this pace the month will come to more than the budget.
$ clock advance 1d
call 1 cn-north-4
$ clock advance 1h
  budget_forecast budget=team month=2026-09 forecast=2.844 amount=1.00

# Nine calls take the balance below its alert, nine more come to the cap. With the hour the budget is spent, and at
# this pace there is soon nothing left.
call 9 cn-north-4
  balance_low available=0.95 threshold=1.00
call 9 cn-north-4
refused 1 cn-north-4
  spend_cap_reached month=2026-09 api=all spent=1.00 cap=1.00
$ clock advance 1h
  balance_soon_empty available=0.50 burn_per_day=0.95 empty_at=2026-09-02T23:37:53+08:00 threshold_hours=24 today=0.95 last_days=0.05 asked_hours=72 pace=dearer_day day=2026-09-02
  budget_exceeded budget=team month=2026-09 percent=100 spent=1.00 amount=1.00
$ cap remove alice

# The payment provider declines.
$ auto-top-up set alice --below 1.00 --amount 5
  top_up_failed amount=5.00 rule=auto-top-up detail=card_expired failure=declined limit=null most=null retry_at=2026-09-02T12:30:00+08:00
$ auto-top-up remove alice

# Topped up, the alerts are armed again; the package takes the balance below them once more.
$ top-up alice 1.40
$ package buy alice --api general-text --region cn-north-4 --calls 10
  balance_low available=0.90 threshold=1.00
  balance_soon_empty available=0.90 burn_per_day=0.95 empty_at=2026-09-03T10:14:12+08:00 threshold_hours=24 today=0.95 last_days=0.05 asked_hours=72 pace=dearer_day day=2026-09-02
$ package renewal alice --lot 1 --mode auto
call 8 cn-north-4
  package_low lot=1 threshold=2 api=general-text region=cn-north-4 left=2 granted=10

# A gift elsewhere that nobody uses.
$ grant alice --api general-text --region cn-east-3 --calls 5 --expires-at 2026-09-12T23:59:59+08:00
$ clock advance 4d
  package_expires days=7 lot=2 api=general-text region=cn-east-3 left=5 expires_at=2026-09-12T23:59:59+08:00 then=pay_per_use next_lot=null next_attempt_at=null is_renewable=false
$ clock advance 4d
  package_expires days=3 lot=2 api=general-text region=cn-east-3 left=5 expires_at=2026-09-12T23:59:59+08:00 then=pay_per_use next_lot=null next_attempt_at=null is_renewable=false
$ clock advance 2d
  package_expires days=1 lot=2 api=general-text region=cn-east-3 left=5 expires_at=2026-09-12T23:59:59+08:00 then=pay_per_use next_lot=null next_attempt_at=null is_renewable=false

# A week before the package's end there is not cash enough to renew it, nor the day after, which is not told again; but that
# it ends is told from now on. Another day later there is.
$ clock advance 14d
  renewal_failed lot=1 api=general-text region=cn-north-4 price=1.00 cash=0.90 next_attempt_at=2026-09-26T03:00:00+08:00 left=2 expires_at=2026-10-02T23:59:59+08:00 then=pay_per_use next_lot=null obstacle=price
  package_expires days=7 lot=1 api=general-text region=cn-north-4 left=2 expires_at=2026-10-02T23:59:59+08:00 then=pay_per_use next_lot=null next_attempt_at=2026-09-26T03:00:00+08:00 is_renewable=true
$ top-up alice 0.10
$ clock advance 1d
  renewed lot=1 new_lot=3 api=general-text region=cn-north-4 price=1.00 is_automatic=true next_attempt_at=2026-10-26T03:00:00+08:00
$ clock advance 7d
  bill_ready month=2026-09 total=3.00 paid=3.00 debt=0.00 outstanding=0.00
$ package renewal alice --lot 3 --mode pay_per_use
call 8 cn-north-4
  package_low lot=3 threshold=2 api=general-text region=cn-north-4 left=2 granted=10
call 2 cn-north-4
  package_used_up lot=3 api=general-text region=cn-north-4 then=pay_per_use next_lot=null pay_per_use_until=null

# A member uses what it was given, and what it may.
$ account create bob
$ member add alice bob --calls 5
$ grant alice --api general-text --region cn-east-3 --calls 5 --expires-at 2027-08-31T23:59:59+08:00 --source free
member 4 cn-east-3
  package_low lot=4 threshold=1 api=general-text region=cn-east-3 left=1 granted=5
  member_quota_near member=bob month=2026-10 amount=null calls=5 spent=0.00 used=4
member 1 cn-east-3
  package_used_up lot=4 api=general-text region=cn-east-3 then=pay_per_use next_lot=null pay_per_use_until=null
  member_quota_reached member=bob month=2026-10 amount=null calls=5 spent=0.00 used=5

# Into arrears; paid in grace.
call 1 cn-north-4
$ clock advance 1h
  arrears_entered debt=0.05 corrected=null reasons=package_used_up/general-text/cn-north-4
  grace_entered debt=0.05 until=2026-10-11T12:00:00+08:00 release_at=2026-10-26T12:00:00+08:00 corrected=null reasons=package_used_up/general-text/cn-north-4
$ clock advance 4d
  grace_ends days=3 debt=0.05 until=2026-10-11T12:00:00+08:00
$ clock advance 2d
  grace_ends days=1 debt=0.05 until=2026-10-11T12:00:00+08:00
$ top-up alice 0.05
  restored from=grace from_since=2026-10-04T12:00:00+08:00 debt_paid=0.05

# Into arrears again; nobody pays.
call 1 cn-north-4
$ clock advance 1h
  arrears_entered debt=0.05 corrected=null reasons=package_used_up/general-text/cn-north-4
  grace_entered debt=0.05 until=2026-10-17T13:00:00+08:00 release_at=2026-11-01T13:00:00+08:00 corrected=null reasons=package_used_up/general-text/cn-north-4
$ clock advance 4d
  grace_ends days=3 debt=0.05 until=2026-10-17T13:00:00+08:00
$ clock advance 2d
  grace_ends days=1 debt=0.05 until=2026-10-17T13:00:00+08:00
$ clock advance 1d
  frozen since=2026-10-17T13:00:00+08:00 debt=0.05 release_at=2026-11-01T13:00:00+08:00
$ clock advance 12d
  release_near days=3 debt=0.05 release_at=2026-11-01T13:00:00+08:00
$ clock advance 2d
  release_near days=1 debt=0.05 release_at=2026-11-01T13:00:00+08:00
$ clock advance 1d
  released since=2026-11-01T13:00:00+08:00 debt=0.05 deleted=general-text/cn-north-4,general-text/cn-east-3 rule.policy=cn rule.tier=V5 rule.grace_days=7 rule.retention_days=15

# The payment provider does not answer, for a day.
$ auto-top-up set alice --below 1.00 --amount 3
$ auto-top-up remove alice
$ clock advance 1d
  top_up_unanswered request=2 amount=3.00 requested_at=2026-11-01T13:30:00+08:00
