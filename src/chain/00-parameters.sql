-- What the joins between sources assume. One row; each step that joins two clocks cross-joins it.
--   clock_skew    how far the clocks of two sources may be apart
--   mount_window  how long before the write of a mount status the provider may have read the value:
--                 the driver writes the status after the provider answered, within seconds
--   sync_window   how long after the write of a mount status the driver may write the Secrets of its class
create or replace temp table parameter as
select interval 5 second as clock_skew,
  interval 30 second as mount_window,
  interval 30 second as sync_window;

-- A list as a set, in an order that does not depend on the plan.
create or replace temp macro sorted_set(items) as list_sort(list_distinct(items));
