select a
from t
where a = 1 and b between 1 and 2 and not c
  and (d is null or d = $d)
  or e not between 1 and 2 and not (f or g and h)
