/** A cluster's name: it is part of a path, and of file names that others make of it. */
export const clusterName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
