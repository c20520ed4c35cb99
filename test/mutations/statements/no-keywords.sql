/* where a = 1 /* nested: and b */ and c = 2 */
select "where", 'it''s where x = 1', e'\' and where y', $$where z and $$ || $tag$ $$ and $tag$ -- where w = 1
from t
where "and" = 'x and y' -- and c = 3
  and t.or = /* and d */ 4
  and "a""or" <> $where
