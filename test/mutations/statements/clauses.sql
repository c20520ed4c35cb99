with w as (
  from t select count(*) filter (where a and b) as n, x
  group by x
  having count(*) > 1 and max(case when a and b then 1 end) = 1
)
select x
from w
where exists (select 1 from u where u.x = w.x order by 1 limit 1)
  and ((n > 1))
qualify row_number() over (partition by x order by n rows between unbounded preceding and 1 preceding) = 1
union all
select 2 where not ((select true where $p) and coalesce($q and $r, true))
