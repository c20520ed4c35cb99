select distinct on (a.x) a.x
from a
join b
  on a.x = b.x and a.y = b.y
  and b.kind = 'k'
left join c on (a.x = c.x and left(c.z, 1) = 'z')
join d on a.n >= d.n and (a.m = d.m or a.m is null) and a.x = d.x
join e on a.x = e.x or a.y = e.y
join f using (x)
cross join lateral (select 1) g, h
join i on true
where a.x > 0
