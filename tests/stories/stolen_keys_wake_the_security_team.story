# ESC-04, SEC-04: stolen keys are a case for the security team, woken at once beside level 1.
runbook: examples/prepchef/runbook.md
contact security: dee

03:00 >> alert "Stripe keys compromised" impact "Security breach"
03:00 << declare P0, § Revoke Stripe Keys (Compromised)
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
03:00 << page dee (level 0)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << by hand: 2.1.1 Log in to Stripe Dashboard: https://dashboard.stripe.com
03:00 << by hand: 2.1.2 Navigate to Developers → API Keys
03:00 << by hand: 2.1.3 Click "Delete" on compromised secret key
03:00 << by hand: 2.1.4 Confirm deletion
03:00 << by hand: 2.2.1 Click "Create secret key"
03:00 << by hand: 2.2.2 Select "Restricted key"
03:00 << by hand: 2.2.3 Enable only required permissions
03:00 << by hand: 2.2.4 Copy new key
03:00 << by hand: 2.4.1 Review Stripe Dashboard for suspicious activity (last 24 hours)
03:00 << by hand: 2.4.2 Check application logs for unusual payment patterns
03:00 << by hand: 2.4.3 Set up alerts for refunds/chargebacks
03:00 << by hand: 2.5.1 Log incident in security log
03:00 << by hand: 2.5.2 Identify how key was compromised
03:00 << by hand: 2.5.3 Update security procedures to prevent recurrence
03:00 << by hand: 2.6 Rotate webhook secrets, review IAM permissions
03:00 << pass over 2.3.1 kubectl create secret generic prepchef-secrets \ ⏎ --from-literal=STRIPE_SECRET_KEY='sk_live_NEW_KEY' \ ⏎ --dry-run=client -o yaml | kubectl apply -f -: TOC203 This names no namespace; line 137 and its siblings name prepchef; TOC214 The generated secret replaces the one that is there: keys that are not listed here may be pruned; TOC207 sk_li… is a secret among the arguments: it lands in history and process lists; sk_live_NEW_KEY is still open (secret); it acts on a Kubernetes cluster, and tocsin.toml binds none (targets.kubernetes)
03:00 << pass over 2.3.2 kubectl rollout restart deployment/node-api -n prepchef ⏎ kubectl rollout restart deployment/payments-svc -n prepchef: it acts on a Kubernetes cluster, and tocsin.toml binds none (targets.kubernetes)
03:00 << nothing more to offer
03:00 << escalate to level 2: the runbook section has nothing more to offer
03:00 << page bo (level 2)
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
