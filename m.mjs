import { chainOf, select } from './test/chain/run-case.ts';
const c = await chainOf({
 fact_role: [{at:'2026-01-01T00:00:00Z',action:'observed',kind:'ClusterRole',name:'reader',rules:[{verbs:['get'],apiGroups:[''],resources:['secrets']}],complete:true}],
 fact_role_binding: [{at:'2026-01-01T00:00:00Z',action:'observed',kind:'RoleBinding',namespace:'payments',name:'b',role_kind:'ClusterRole',role_name:'reader',complete:true,subjects:[{kind:'User',name:'alice'},{kind:'ServiceAccount',name:'api'}]}]});
console.log(JSON.stringify(await select(c,'from role_grant'),null,1), await select(c,'from role_grant_gap'));
