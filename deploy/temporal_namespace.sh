#!/bin/sh
# Makes the namespace, which keeps closed lessons for 30 days, and the search attributes of lessons; twice is once.
set -eu
temporal operator namespace describe --namespace default > /dev/null 2>&1 ||
    temporal operator namespace create --namespace default --retention 720h
until temporal operator search-attribute list --namespace default > /dev/null 2>&1; do sleep 1; done
for name in BookingId TutorId StudentId LessonStage LessonStatus ErrorCode; do
    temporal operator search-attribute create --name "$name" --type Keyword
done
