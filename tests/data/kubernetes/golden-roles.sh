#!/usr/bin/env bash
# Replays the commands behind golden-roles.txt (who may do what, and how a refusal reads) and prints a transcript.
#
#   KUBECONFIG=/path/to/config ./golden-roles.sh > out.txt; diff golden-roles.txt out.txt
#
# The API server must be disposable: the script makes and deletes the namespace `shop`, cluster roles and bindings. It
# refuses unless every server address in KUBECONFIG is on loopback; its user must be allowed to do everything.
# Needs: bash, kubectl, grep.
set -u
: "${KUBECONFIG:?set KUBECONFIG to a disposable API server}"
servers=$(kubectl config view -o jsonpath='{range .clusters[*]}{.cluster.server}{"\n"}{end}')
if [ -z "$servers" ] || grep -qvE '^https?://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?/?$' <<<"$servers"; then
  echo "refused: every server named by KUBECONFIG must be on loopback" >&2; exit 2
fi
HOME=$(mktemp -d)  # fresh: no stale discovery cache
export HOME
trap 'rm -rf "$HOME"' EXIT
READER=--as=system:serviceaccount:shop:reader

run() {
    printf '$ kubectl'
    printf ' %q' "$@"
    printf '\n'
    kubectl "$@" 2>&1 | grep -v skew
    printf 'rc=%s\n' "${PIPESTATUS[0]}"
}

kubectl create namespace shop >/dev/null
kubectl create deployment web --image=registry.local/web:1.4.0 -n shop >/dev/null
kubectl create secret generic keys --from-literal=a=b -n shop >/dev/null
run create serviceaccount reader -n shop
run create rolebinding readers --clusterrole=view --serviceaccount=shop:reader -n shop
run auth can-i list pods -n shop "$READER"
run auth can-i list secrets -n shop "$READER"
run auth can-i get pods --subresource=log -n shop "$READER"
run auth can-i create pods/exec -n shop "$READER"
run auth can-i patch deployments.apps/web -n shop "$READER"
run auth can-i list pods -n default "$READER"
run auth can-i list pods --all-namespaces "$READER"
run auth can-i '*' '*' "$READER"
run auth can-i '*' '*'
run auth can-i get /version --as=ana
run auth can-i get /logs --as=ana
run get deployments -n shop -o name "$READER"
run get namespace shop -o name "$READER"
run get secrets -n shop "$READER"
run get secret keys -n shop "$READER"
run get pods -n default "$READER"
run get pods --all-namespaces "$READER"
run get nodes "$READER"
run get namespaces "$READER"
run delete pod web-0 -n shop "$READER"
run delete deployment web -n shop "$READER"
run delete deployments --all -n shop "$READER"
run delete namespace shop "$READER"
run create configmap c --from-literal=a=b -n shop "$READER"
run create deployment other --image=registry.local/other:1 -n shop "$READER"
run create secret generic more --from-literal=a=b -n shop "$READER"
run scale deployment web --replicas=3 -n shop "$READER"
run set env deployment/web A=b -n shop "$READER"
run set image deployment/web web=registry.local/web:1.5.0 -n shop "$READER"
run rollout restart deployment/web -n shop "$READER"
run patch deployment web -p '{"spec":{"paused":true}}' -n shop "$READER"
run annotate deployment web who=ana -n shop "$READER"
run label deployment web who=ana -n shop "$READER"
run exec web-0 -n shop "$READER" -- ls
run create role deployer --verb=get,patch --resource=deployments --resource-name=web -n shop
run create rolebinding deployers --role=deployer --user=ana -n shop
run annotate deployment web who=ana -n shop --as=ana
run scale deployment web --replicas=2 -n shop --as=ana
run get deployment other -n shop --as=ana
run get deployments -n shop --as=ana
run create rolebinding dangling --clusterrole=nope --user=bo -n shop
run get pods -n shop --as=bo
run auth can-i get pods -n shop --as=bo
run get --raw /metrics --as=bo
run auth can-i --list -n shop --as=ana
run create clusterrole look-everywhere --verb=get,list --resource=deployments.apps
run create clusterrolebinding oncall --clusterrole=look-everywhere --group=oncall
run get deployments -n shop -o name --as=chen --as-group=oncall
run get deployments -n default --as=chen --as-group=oncall
run get deployments -n shop --as=chen
run get deployments -n shop -o name --as=ana --as-group=system:masters
run create clusterrolebinding looks --clusterrole=view --user=dan
run get secrets -n shop --as=dan
run get deployments -n shop -o name --as=dan
run delete clusterrolebinding looks
run get deployments -n shop --as=dan
kubectl delete namespace shop >/dev/null
kubectl delete clusterrole look-everywhere >/dev/null
kubectl delete clusterrolebinding oncall >/dev/null
