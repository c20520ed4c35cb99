const always =
  /^system:(node:|serviceaccount:kube-system:(secrets-store-csi-driver|generic-garbage-collector)$|serviceaccount:vault:vault-csi-provider$|kube-)/;

/**
 * The driver, its provider, kubelets, operators and whoever wrote a version may be named as
 * identities of their own; no truth needs them, and they are no bystanders (DESIGN section 5).
 */
export function isPlatform(account: { platform: ReadonlySet<string> }, id: string | null): boolean {
  return id !== null && (account.platform.has(id) || always.test(id));
}
