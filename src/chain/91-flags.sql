-- What the logs themselves say they lack, counted once so that answers need not read every event.
insert into log_flag
select source, cluster, flag, count(*), min("at"), max("at")
from flagged_event
group by source, cluster, flag
order by source, cluster, flag;
